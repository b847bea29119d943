import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { goModules } from "./cache.js";
import { outputOf, runCommand } from "./command.js";

const wanted = { major: 1, minor: 26 };

/**
 * Returns why the Go modules cannot be built here, or null. Asks inside a module, where a Go of 1.21 or newer takes the
 * toolchain that the module names, unless GOTOOLCHAIN=local forbids it.
 */
export async function goIsMissing(): Promise<string | null> {
  const remedy = `install Go >= ${wanted.major}.${wanted.minor} (https://go.dev/dl)`;
  const { code, stdout, stderr } = await runCommand("go", ["env", "GOVERSION"], { cwd: join(goModules, "kubernetes") });
  if (code === null) return `Go is not on PATH: ${remedy}`;
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const enough = Number(major) > wanted.major || (Number(major) === wanted.major && Number(minor) >= wanted.minor);
  if (code === 0 && enough) return null;
  return `Go is too old (${stdout.trim() || stderr.trim() || "it names no version"}): ${remedy}`;
}

export interface GoProgram {
  /** Folder under `test/testbed/go`. */
  readonly module: string;
  readonly package: string;
  readonly binary: string;
  /** Variables that the linker sets, by full name. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Writes files into the copied module that the program embeds. */
  readonly embed?: (moduleCopy: string) => Promise<void>;
}

/** Builds `program` into `folder/bin`. The module is copied first: nothing is ever written into the source tree. */
export async function buildGoProgram(program: GoProgram, folder: string): Promise<void> {
  const copy = join(folder, "src", program.module);
  cpSync(join(goModules, program.module), copy, { recursive: true });
  mkdirSync(join(folder, "bin"), { recursive: true });
  await program.embed?.(copy);
  const variables = Object.entries(program.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ["build", "-trimpath", "-buildvcs=false", "-ldflags", ["-s -w", ...variables].join(" ")];
  await outputOf("go", [...flags, "-o", join(folder, "bin", program.binary), program.package], {
    cwd: copy,
    env: goEnv(),
    yielding: true,
  });
  rmSync(join(folder, "src"), { recursive: true });
}

/** Returns the folder of a dependency of the module at `moduleCopy`, downloaded if need be. */
export async function goDependency(moduleCopy: string, dependency: string): Promise<string> {
  const options = { cwd: moduleCopy, env: goEnv() };
  await outputOf("go", ["mod", "download", dependency], options);
  return (await outputOf("go", ["list", "-m", "-f", "{{.Dir}}", dependency], options)).trim();
}

/** Copies a JSON file that a program embeds, on one line and with `changes`, as its own release build does. */
export function embedJson(from: string, to: string, changes: Readonly<Record<string, unknown>> = {}): void {
  writeFileSync(to, JSON.stringify({ ...(JSON.parse(readFileSync(from, "utf8")) as object), ...changes }));
}

function goEnv(): NodeJS.ProcessEnv {
  return { ...process.env, GOWORK: "off", GOFLAGS: "" };
}
