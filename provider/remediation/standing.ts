import { InputError } from "../../input/problems.js";
import { type DecisionSource, readDecisionSource } from "../decisionSource.js";
import type { LiveCluster } from "../liveCluster.js";

/** The decision as it was found, and why the stack must not be deployed with it, or null. */
export interface Standing {
  readonly source: DecisionSource;
  readonly problem: string | null;
}

/** Reads the decision for a stack. A missing one is a problem: nothing here knows what was applied last. */
export async function readStanding(
  { file, now, cluster }: { readonly file: string; readonly now: number; readonly cluster: LiveCluster },
  here: { readonly project: string; readonly stack: string },
): Promise<Standing> {
  let source: DecisionSource;
  try {
    source = readDecisionSource(file, here, now);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { source: { file, decision: null, standing: "none" }, problem: error.message };
  }
  return { source, problem: file === "none" ? null : (problemOf(source) ?? (await clusterProblem(source, cluster))) };
}

/** Project and stack of a URN. */
export function stackOf(urn: string): { project: string; stack: string } {
  const [stack = "", project = ""] = urn.replace(/^urn:pulumi:/, "").split("::");
  return { project, stack };
}

function problemOf({ decision, file, standing }: DecisionSource): string | null {
  if (decision === null) {
    return `no decision at ${file}: make one with \`firebreak plan\`, or deploy as written with FIREBREAK_DECISION=none`;
  }
  if (standing !== "stale" || decision.failMode !== "closed") return null;
  return `the decision is past its maxAge of ${decision.maxAge} s and its failMode is closed: make a new one with \`firebreak plan\``;
}

async function clusterProblem({ decision, file }: DecisionSource, cluster: LiveCluster): Promise<string | null> {
  const expected = decision?.boundTo.clusterUid;
  if (expected === undefined) return null;
  const found = await cluster.readUid();
  if ("unreachable" in found) {
    return `${file}: whether this is the decision's cluster cannot be told: ${found.unreachable}`;
  }
  if (found.uid === expected) return null;
  return `${file}: boundTo.clusterUid: the decision is for cluster ${expected}, this is ${found.uid}; run \`firebreak plan\` for this one`;
}
