// Compiles the kernel and writes it as a TypeScript module, so that no disk is needed to load it: `npm run kernel`.
// What was made from the same sources by the same compiler and options is left as it is.
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const here = dirname(fileURLToPath(import.meta.url));
const sources = join(here, "assembly");
const target = join(here, "bytes.ts");
const options = ["--runtime", "stub", "-O3", "--noAssert", "--enable", "simd", "--debug"];

const hash = createHash("sha256").update(`${asc.version} ${options.join(" ")}`);
for (const name of readdirSync(sources).sort()) hash.update(`${name}\0`).update(readFileSync(join(sources, name)));
const head = `// Made by build.mjs from assembly/: ${hash.digest("hex")}\n`;

if (!existsSync(target) || !readFileSync(target, "utf8").startsWith(head)) {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-kernel-"));
  try {
    const binary = join(folder, "kernel.wasm");
    const { error, stderr } = await asc.main([join(sources, "index.ts"), "--outFile", binary, ...options]);
    if (error) {
      process.stderr.write(`${stderr.toString()}\nthe kernel did not compile: ${error.message}\n`);
      process.exitCode = 1;
    } else {
      const base64 = readFileSync(binary).toString("base64");
      writeFileSync(`${target}.partial`, `${head}export const kernelBase64 =\n  "${base64}";\n`);
      renameSync(`${target}.partial`, target);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
