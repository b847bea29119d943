import { readDecisionFile } from "./read/decisionFile.js";
import { plannedReplicas } from "./read/plannedReplicas.js";
import { judgeDecision } from "./rules/decisionInForce.js";
import { type Finding, judgeResource, judgeStack, stackOf } from "./rules/riskOverThreshold.js";

export interface GateOptions {
  /** The decision file, where one was chosen. */
  readonly decision?: string;
  /** Where a relative path is looked for, and in the folders above. */
  readonly folder: string;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * All that the gate says of one resource. What concerns the whole stack is said once, with the stack's own resource.
 * A decision that cannot be read is a finding, too: a pack that throws would not block.
 */
export function judgePlanned(
  resource: {
    readonly type: string;
    readonly name: string;
    readonly urn: string;
    readonly props: Readonly<Record<string, unknown>>;
  },
  { decision: chosen, folder, now }: GateOptions,
): Finding[] {
  const { type, name, urn } = resource;
  const isStack = type === "pulumi:pulumi:Stack";
  const replicas = plannedReplicas(type, resource.props);
  if (!isStack && replicas === undefined) return [];
  try {
    const { file, decision } = readDecisionFile(chosen, folder);
    const standing = judgeDecision(decision, { file, ...stackOf(urn) }, now);
    if (isStack) return [...standing.findings, ...(standing.usable && decision ? judgeStack(decision) : [])];
    return standing.usable && decision ? judgeResource(decision, { type, name, urn, replicas }) : [];
  } catch (error) {
    return isStack ? [{ level: "fail", message: error instanceof Error ? error.message : String(error) }] : [];
  }
}
