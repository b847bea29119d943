// Compiles the kernel and writes it as a TypeScript module, so that no disk is needed to load it: `npm run kernel`.
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "firebreak-kernel-"));
try {
  const binary = join(folder, "kernel.wasm");
  const options = ["--outFile", binary, "--runtime", "stub", "-O3", "--noAssert", "--enable", "simd", "--debug"];
  const { error, stderr } = await asc.main([join(here, "assembly/index.ts"), ...options]);
  if (error) {
    process.stderr.write(`${stderr.toString()}\nthe kernel did not compile: ${error.message}\n`);
    process.exitCode = 1;
  } else {
    const base64 = readFileSync(binary).toString("base64");
    const written = join(folder, "bytes.ts");
    writeFileSync(written, `// Made by build.mjs from assembly/.\nexport const kernelBase64 =\n  "${base64}";\n`);
    writeFileSync(join(here, "bytes.ts.partial"), readFileSync(written));
    renameSync(join(here, "bytes.ts.partial"), join(here, "bytes.ts"));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
