import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * The child program of these tests as plain JavaScript, which starts in a fifth of the time: a test starts it a hundred
 * times. Made anew in `folder` from the sources, so that no older build is met.
 * @returns the program's file
 */
export function compileChild(folder: string): string {
  const sources = ["history", "input"].flatMap((name) =>
    readdirSync(join(root, name), { recursive: true, encoding: "utf8" }).map((file) => join(name, file)),
  );
  const child = join("test", "history", "historyChild.ts");
  for (const source of [...sources, child].filter((file) => file.endsWith(".ts"))) {
    const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022, verbatimModuleSyntax: true };
    const { outputText } = transpileModule(readFileSync(join(root, source), "utf8"), { compilerOptions });
    const file = join(folder, source.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, outputText);
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "dir");
  return join(folder, child.replace(/\.ts$/, ".js"));
}
