import type { Decision, Hold, Refusal } from "../../planner/types.js";
import { riskAssessmentType } from "../applied.js";
import { decideProps, isConcerned } from "../decideProps.js";
import type { DecisionSource } from "../decisionSource.js";
import type { Options } from "../holds.js";
import type { LiveCluster } from "../liveCluster.js";
import type { Owned } from "../owners.js";
import { type StackChange, stackChangeOf } from "../stackChange.js";
import { type Props, targetKinds, type ValueChange } from "../targets/index.js";
import { readPolicyProps, writePolicyProps } from "./policyProps.js";
import { createRemediationLog } from "./remediationLog.js";
import { readStanding, type Standing, stackOf } from "./standing.js";

/** A resource as a policy sees it: its inputs throw where an unknown value is read. */
export interface PolicyResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Props;
  readonly opts: Options;
}

export interface RemediatorSettings {
  /** The decision file; `none` deploys as written. */
  readonly file: string;
  /** Unix seconds. */
  readonly now: number;
  readonly cluster: LiveCluster;
  /** Whether the engine only previews. */
  readonly isPreview: boolean;
  readonly auditPath: string;
}

/** The work of the policy pack `policies/remediate` in one run of the engine. */
export interface Remediator {
  /** The inputs with the decision's changes, or undefined where none is made. */
  remediate(resource: PolicyResource): Promise<Props | undefined>;
  /** Why the stack must not be deployed with this decision, or null. */
  findProblem(stackUrn: string): Promise<string | null>;
  /** What people should know of a resource: changes that were not made. */
  remarksOn(resource: Pick<PolicyResource, "type" | "urn">): readonly string[];
  /** Ends the run: says which changes no policy can make, and in an update writes the records after. */
  finish(urn: string): Promise<readonly string[]>;
}

/**
 * Applies a decision by remediation, for programs that nobody edits: the same `decideProps` that the transform calls.
 * Where the program calls `applyDecision()` itself, this does nothing. A policy knows nothing of what was applied last:
 * what the live cluster holds already stands for it, past the decision's age and under a kill switch.
 */
export function createRemediator(settings: RemediatorSettings): Remediator {
  const { now, cluster, isPreview } = settings;
  const refused = new Map<string, readonly Refusal[]>();
  const log = createRemediationLog(settings.auditPath);
  let standing: Promise<Standing> | undefined;
  let programApplies = false;
  const stand = (urn: string): Promise<Standing> => {
    standing ??= readStanding(settings, stackOf(urn));
    return standing;
  };

  return {
    async remediate({ type, name, urn, props, opts }) {
      if (type === riskAssessmentType) programApplies = true;
      if (programApplies) return undefined;
      const { source, problem } = await stand(urn);
      const { decision } = source;
      if (problem !== null || decision === null) return undefined;
      const here = { ...stackOf(urn), leftAlone: [], urn, now };
      const changes = changesNow(source, now).filter(({ change }) =>
        isConcerned(type, name, { ...here, changes: [change] }),
      );
      const kind = targetKinds.find(({ types }) => types.test(type));
      if (changes.length === 0 || kind === undefined) return undefined;

      const written = readPolicyProps(props);
      const known = kind.objectOf({ urn, type, protect: false, ignoreChanges: [], inputs: written, outputs: {} });
      const object: Owned = { type, name, urn, ...known };
      const { usable, held } = await sortOut(changes, object, cluster);
      const owner = await ownerOf(object, usable, cluster);
      const decided = decideProps(type, name, written, opts, { ...here, changes: usable, owner });
      refused.set(urn, [...held, ...decided.refused]);
      if (decided.applied.length === 0) return undefined;
      if (!isPreview) await log.before(decision, object, decided.applied, cluster);
      return writePolicyProps(props, written, decided.props);
    },

    findProblem: async (stackUrn) => (await stand(stackUrn)).problem,

    remarksOn({ type, urn }) {
      if (type === riskAssessmentType) {
        return ["the program applies the decision itself (applyDecision()), so this pack changes nothing"];
      }
      return (refused.get(urn) ?? [])
        .filter(({ reason }) => reason !== "alreadySatisfied")
        .map((refusal) => `${describe(refusal)} is left alone: ${refusal.reason} (${refusal.detail})`);
    },

    async finish(urn) {
      if (!isPreview) await log.after();
      const { source, problem } = await stand(urn);
      if (programApplies || problem !== null || source.standing !== "current") return [];
      return (source.decision?.changes ?? [])
        .filter(({ kind }) => kind === "reservation" || kind === "migration")
        .map(({ kind, service }) => `${service}: a policy cannot make a ${kind}: call applyDecision() in the program`);
    },
  };
}

interface Candidate {
  readonly change: ValueChange;
  /** Why it is not added anew, or null. */
  readonly hold: Hold | null;
}

/** The changes that write a number; of a decision past its age whose failMode is off, none. */
function changesNow({ decision, standing }: DecisionSource, now: number): Candidate[] {
  if (decision === null || (standing === "stale" && decision.failMode === "off")) return [];
  return decision.changes.flatMap((full): Candidate[] => {
    const change = stackChangeOf(full);
    if (!isValueChange(change)) return [];
    return [{ change, hold: holdOf(decision, standing) ?? expiry(full.expiresAt, now) }];
  });
}

function isValueChange(change: StackChange): change is ValueChange {
  return change.kind === "replicas" || change.kind === "dnsWeight";
}

function holdOf(decision: Decision, standing: DecisionSource["standing"]): Hold | null {
  if (standing === "killSwitch") return { reason: "killSwitch", detail: "the kill switch is on" };
  if (standing !== "stale") return null;
  return { reason: "expired", detail: `the decision is past its maxAge of ${decision.maxAge} s` };
}

function expiry(expiresAt: string, now: number): Hold | null {
  return Date.parse(expiresAt) / 1000 >= now ? null : { reason: "expired", detail: `it expired at ${expiresAt}` };
}

/** What is not added anew is kept where the live object has it already. */
async function sortOut(
  candidates: readonly Candidate[],
  object: Owned,
  cluster: LiveCluster,
): Promise<{ readonly usable: readonly ValueChange[]; readonly held: readonly Refusal[] }> {
  const stop = object.namespace === undefined ? null : await cluster.readStop(object.namespace);
  const usable: ValueChange[] = [];
  const held: Refusal[] = [];
  for (const { change, hold } of candidates) {
    const why = hold ?? (stop !== null && "reason" in stop ? stop : null);
    if (why === null || (await isInForce(change, object, cluster))) usable.push(change);
    else
      held.push({
        kind: change.kind,
        service: change.service,
        ...(change.kind === "dnsWeight" && { backend: change.backend }),
        ...why,
      });
  }
  return { usable, held };
}

async function isInForce(change: ValueChange, object: Owned, cluster: LiveCluster): Promise<boolean> {
  const backend = change.kind === "dnsWeight" ? change.backend : undefined;
  const live = await cluster.readNumber({ ...object, backend });
  if (typeof live !== "number") return false;
  return change.kind === "replicas" ? live >= change.to : live === change.to;
}

async function ownerOf(object: Owned, [first]: readonly ValueChange[], cluster: LiveCluster): Promise<Hold | null> {
  if (!object.type.startsWith("kubernetes:") || object.objectName === undefined || first === undefined) return null;
  const found = await cluster.readHold({ ...object, ...(first.kind === "dnsWeight" && { backend: first.backend }) });
  return found !== null && "reason" in found ? found : null;
}

function describe({ kind, service, backend }: Refusal): string {
  return kind === "dnsWeight" ? `the weight of ${backend}` : `the number of replicas of ${service}`;
}
