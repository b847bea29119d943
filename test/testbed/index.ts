import { describe, inject, it } from "vitest";
import { type Kubectl, kubectlFor } from "./cluster.js";
import { stopCommands } from "./command.js";
import { askProvided, type Need, needs, type Provided, type Testbed } from "./provided.js";
import { createWorkspace, type Workspace } from "./workspace.js";

export type { Kubectl } from "./cluster.js";
export type { Need, Testbed } from "./provided.js";
export type { Workspace } from "./workspace.js";

// A test process whose vitest was killed would go on talking to a cluster that is gone.
// Vitest replaces process.exit in its test processes.
process.once("disconnect", () => {
  stopCommands();
  process.kill(process.pid, "SIGKILL");
});

const socket = inject("testbedSocket") as string | undefined;
const provided: Provided =
  socket === undefined
    ? without("vitest runs without test/testbed/globalSetup.ts: use the project's vitest.config.ts")
    : await askProvided(socket);

function without(why: string): Provided {
  const missing = Object.fromEntries(needs.map((need) => [need, why]));
  return { bin: "", kube: null, kubeconfig: null, missing, scratch: "" };
}

/** Returns the real parts that this run has. They are one set for all test files: a suite takes namespaces of its own. */
export function testbed(): Testbed {
  const { bin, kube, kubeconfig, missing, scratch } = provided;
  const kubectl: Kubectl =
    kube === null || kubeconfig === null
      ? () => Promise.reject(new Error(`no cluster: ${missing.cluster}`))
      : kubectlFor(kube, kubeconfig);
  return {
    bin,
    kubeconfig,
    kubectl,
    scratch,
    missing: Object.entries(missing).map(([need, why]) => `${need}: ${why}`),
  };
}

/**
 * A suite that needs real parts. Where one is missing it is skipped aloud, naming the part; with CI=true it fails,
 * so that a green run means that the real thing was met.
 */
export function describeWith(parts: readonly Need[], title: string, suite: () => void): void {
  const lacking = parts.filter((part) => provided.missing[part] !== undefined);
  if (lacking.length === 0) {
    describe(title, suite);
    return;
  }
  const why = lacking.map((part) => `${part}: ${provided.missing[part]}`);
  if (process.env.CI === "true") {
    describe(title, () => {
      it(`has ${lacking.join(" and ")}`, () => {
        throw new Error(`CI=true asks for every part, but: ${why.join("; ")}`);
      });
    });
    return;
  }
  console.warn(`skipped: ${title}: no ${why.join("; no ")}`);
  describe.skip(`${title} (skipped: no ${lacking.join(", no ")})`, suite);
}

/**
 * Makes a folder with a Pulumi home and state of its own, whose programs find the project's packages. The files of
 * `program`, if given, are copied to its folder `program`, where `pulumi` runs. All is removed at the end of the run.
 */
export function pulumiWorkspace(program?: string): Workspace {
  return createWorkspace(testbed(), program);
}
