import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { InputError } from "../input/problems.js";
import { readAs } from "../input/schema.js";

/** A Pulumi project of the Node.js runtime, as its `Pulumi.yaml` describes it. */
export interface Project {
  readonly name: string;
  /** File that the runtime loads first. */
  readonly entry: string;
  /** Folder that the program runs in. */
  readonly folder: string;
  readonly nodeArguments: readonly string[];
  /** Plain values of the project's and the stack's configuration by full key; secrets are left out. */
  readonly config: Readonly<Record<string, string>>;
}

const projectFile = z.looseObject({
  name: z.string("expected the project's name"),
  runtime: z.union([
    z.string(),
    z.looseObject({
      name: z.string(),
      options: z.looseObject({ nodeargs: z.string().optional() }).nullish(),
    }),
  ]),
  main: z.string().optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
});
const stackFile = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish() });

/** Reads the project in `cwd`, or in the nearest folder above, as Pulumi does. @throws InputError */
export function readProject(cwd: string, stack: string): Project {
  const file = findUp(resolve(cwd));
  const root = dirname(file);
  const settings = readAs(projectFile, parse(readFileSync(file, "utf8")), file);
  const { runtime } = settings;
  const runtimeName = typeof runtime === "string" ? runtime : runtime.name;
  if (runtimeName !== "nodejs") {
    throw new InputError(file, [
      {
        place: "runtime",
        message: `${runtimeName}: only nodejs programs can be read without an engine; install Pulumi`,
      },
    ]);
  }
  const entry = entryOf(resolve(root, settings.main ?? "."), file);
  const stackSettings = join(root, `Pulumi.${stack}.yaml`);
  const own = existsSync(stackSettings)
    ? readAs(stackFile, parse(readFileSync(stackSettings, "utf8")) ?? {}, stackSettings)
    : {};
  return {
    name: settings.name,
    entry,
    folder: dirname(entry),
    nodeArguments: typeof runtime === "string" ? [] : (runtime.options?.nodeargs ?? "").split(/\s+/).filter(Boolean),
    config: { ...plainValues(settings.config ?? {}, settings.name), ...plainValues(own.config ?? {}, settings.name) },
  };
}

function findUp(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(folder, name)).find((path) => existsSync(path));
    if (file !== undefined) return file;
    if (folder === dirname(folder)) {
      throw new InputError(cwd, [
        { place: "Pulumi.yaml", message: "not found here or above; run in a Pulumi project, or name it with --cwd" },
      ]);
    }
  }
}

function entryOf(main: string, file: string): string {
  const candidates = [main];
  if (existsSync(main) && statSync(main).isDirectory()) {
    const manifest = join(main, "package.json");
    const named = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, "utf8")) as { main?: unknown }).main : null;
    candidates.splice(0, 1, ...(typeof named === "string" ? [join(main, named)] : []));
    candidates.push(...["index.ts", "index.js", "index.mjs", "index.cjs"].map((name) => join(main, name)));
  }
  const entry = candidates.find((path) => existsSync(path) && statSync(path).isFile());
  if (entry !== undefined) return entry;
  throw new InputError(file, [{ place: "main", message: `${main} holds no program; correct the path` }]);
}

function plainValues(config: Readonly<Record<string, unknown>>, project: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [key, given] of Object.entries(config)) {
    const value = isRecord(given) && "default" in given ? given.default : isRecord(given) ? given.value : given;
    if (value === undefined || value === null || (isRecord(given) && "secure" in given)) continue;
    values[key.includes(":") ? key : `${project}:${key}`] = typeof value === "string" ? value : JSON.stringify(value);
  }
  return values;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
