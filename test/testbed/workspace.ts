import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandOptions, type Outcome, runCommand } from "./command.js";
import type { Testbed } from "./provided.js";

export interface Workspace {
  /** The workspace's folder. */
  readonly folder: string;
  /** The folder of the program, in which `pulumi` runs. */
  readonly program: string;
  /** The whole environment for a command that runs Pulumi, or for the Automation API's `envVars`. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs pulumi in the program's folder, or in `cwd`; variables of `env` are added to the workspace's. */
  readonly pulumi: (args: readonly string[], options?: CommandOptions) => Promise<Outcome>;
  /** A name that no other test has: the name of a Kubernetes namespace. */
  readonly namespace: () => string;
}

const project = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

export function createWorkspace({ bin, kubeconfig, scratch }: Testbed, program?: string): Workspace {
  if (scratch === "") throw new Error("no workspace: vitest runs without test/testbed/globalSetup.ts");
  const folder = mkdtempSync(join(scratch, "workspace-"));
  const programFolder = join(folder, "program");
  for (const name of ["program", "state", "home"]) mkdirSync(join(folder, name));
  symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
  if (program !== undefined) cpSync(program, programFolder, { recursive: true });

  const env: Record<string, string> = {
    ...ownEnvironment(),
    PATH: [bin, process.env.PATH].filter(Boolean).join(delimiter),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_CONFIG_PASSPHRASE: "of the tests",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Never the user's own cluster: without one of ours, a file that is not there.
    KUBECONFIG: kubeconfig ?? join(folder, "no-cluster"),
  };
  return {
    folder,
    program: programFolder,
    env,
    pulumi: (args, options = {}) =>
      runCommand("pulumi", args, { cwd: programFolder, ...options, env: { ...env, ...options.env } }),
    namespace: () => `test-${randomBytes(5).toString("hex")}`,
  };
}

/** The environment without what would lead Pulumi to the user's own account, stacks or settings. */
function ownEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !/^(PULUMI|KUBE)/.test(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? ""]));
}
