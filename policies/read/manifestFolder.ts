import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { compareText } from "../../graph/order.js";
import { InputError, type Problem, throwProblems } from "../../input/problems.js";
import type { ManifestFile } from "./manifests.js";

/**
 * Reads the YAML and JSON files of a folder and of those below it, but not hidden ones nor `node_modules`.
 * @throws InputError where there is no folder, none such in it, or one that cannot be read as text
 */
export function readManifestFolder(folder: string, source: string): ManifestFile[] {
  const problems: Problem[] = [];
  const names = list(folder, source, "").filter((name) => /\.(ya?ml|json)$/i.test(name));
  const files = names.flatMap((file) => {
    try {
      const path = join(folder, file);
      if (!statSync(path).isFile()) return [];
      const bytes = readFileSync(path);
      if (isUtf8(bytes)) return [{ file, text: bytes.toString("utf8") }];
      problems.push({ place: file, message: "is not UTF-8; convert it" });
    } catch (error) {
      problems.push({ place: file, message: `cannot be read (${codeOf(error)}); check its permissions` });
    }
    return [];
  });
  throwProblems(source, problems);
  if (files.length === 0) {
    const message = "holds no .yaml, .yml or .json file; give the folder with the manifests that are deployed";
    throw new InputError(source, [{ place: source, message }]);
  }
  return files;
}

function list(folder: string, source: string, below: string): string[] {
  try {
    return readdirSync(join(folder, below), { withFileTypes: true })
      .sort((a, b) => compareText(a.name, b.name))
      .flatMap((entry) => {
        const name = posix.join(below.split(sep).join("/"), entry.name);
        if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
        return entry.isDirectory() ? list(folder, source, name) : [name];
      });
  } catch (error) {
    const message = `cannot be read (${codeOf(error)}); give a folder of manifests`;
    throw new InputError(source, [{ place: posix.join(source, below), message }]);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown";
}
