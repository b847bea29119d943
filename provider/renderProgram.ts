import { type ForkOptions, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readProject } from "./project.js";
import { StackError } from "./stackFailure.js";

/** A resource as a program registers it. */
export interface RegisteredResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** False for a component, which only groups others. */
  readonly custom: boolean;
  /** Inputs as written; secrets are the text `[secret]`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: {
    readonly parent: string | null;
    readonly protect: boolean;
    readonly ignoreChanges: readonly string[];
  };
}

/** What the parent tells the process that runs the program. */
export interface RenderTask {
  readonly project: string;
  readonly stack: string;
  readonly entry: string;
  readonly config: Readonly<Record<string, string>>;
}

/** What that process answers. */
export type RenderAnswer = { readonly resources: readonly RegisteredResource[] } | { readonly error: string };

/**
 * Runs the Pulumi program in `cwd` in a process of its own against the SDK's mocks and returns what it registers, sorted by
 * URN. There is no engine, no provider and no cluster: values that those would add (defaults, generated names, ids) are
 * missing or stand-ins, and what a program asks of them (`invoke`, Helm charts) comes back empty. Transforms are not
 * called, and `FIREBREAK_DECISION=none` tells the program so; the caller applies the decision to what is returned.
 *
 * @throws InputError where there is no project; StackError where the program fails or does not end within `timeout` ms.
 */
export async function renderProgram(options: {
  readonly cwd: string;
  readonly stack: string;
  readonly timeout?: number;
}): Promise<RegisteredResource[]> {
  const { cwd, stack, timeout = 60_000 } = options;
  const project = readProject(cwd, stack);
  const task: RenderTask = { project: project.name, stack, entry: project.entry, config: project.config };
  const child = fileURLToPath(
    new URL(import.meta.url.endsWith(".ts") ? "./renderChild.ts" : "./renderChild.js", import.meta.url),
  );
  const answer = await runChild(child, JSON.stringify(task), {
    cwd: project.folder,
    execArgv: [...project.nodeArguments, ...ownLoader(child, project.nodeArguments)],
    env: { ...process.env, FIREBREAK_DECISION: "none" },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    timeout,
  });
  if ("error" in answer) throw new StackError("program", `the program of stack ${stack} failed: ${answer.error}`);
  return [...answer.resources];
}

/** From a checkout the child itself is TypeScript, and so needs the loader that the program may not ask for. */
function ownLoader(child: string, given: readonly string[]): string[] {
  if (!child.endsWith(".ts") || given.some((argument) => argument === "tsx" || argument.endsWith("=tsx"))) return [];
  return ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
}

function runChild(file: string, task: string, options: ForkOptions): Promise<RenderAnswer> {
  return new Promise((resolve, reject) => {
    const child = fork(file, [task], options);
    let answer: RenderAnswer | undefined;
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-20_000);
    });
    child.on("message", (message) => {
      answer = message as RenderAnswer;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (answer !== undefined) resolve(answer);
      else if (signal !== null) resolve({ error: `it did not end within ${(options.timeout ?? 0) / 1000} s` });
      else resolve({ error: /^\w*Error.*$/m.exec(said)?.[0] ?? (said.trim().split("\n").at(-1) || `exit ${code}`) });
    });
  });
}
