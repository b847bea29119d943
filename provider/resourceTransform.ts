import * as pulumi from "@pulumi/pulumi";
import type { Hold, Refusal } from "../planner/types.js";
import { riskAssessmentType } from "./applied.js";
import { type AuditContext, auditHooks, auditRefusal, auditRemoval } from "./auditHooks.js";
import type { Unreachable } from "./cluster.js";
import { decideProps, isConcerned, type Props, type View } from "./decideProps.js";
import { type DecisionSource, isStopped, leftAloneIn } from "./decisionSource.js";
import { frozenBy } from "./freeze.js";
import type { LiveCluster } from "./liveCluster.js";
import type { Owned } from "./owners.js";
import { urnOfParent, urnUnder } from "./parentUrn.js";
import type { InForce } from "./riskAssessment.js";
import { settleProps, valueAt } from "./settle.js";
import { isOn, type StackChange } from "./stackChange.js";
import { targetKinds } from "./targets/index.js";

export interface TransformContext {
  readonly project: string;
  readonly stack: string;
  readonly source: DecisionSource;
  readonly inForce: Promise<InForce>;
  readonly cluster: LiveCluster;
  readonly auditPath: string;
  /** Unix seconds at which the program started: opt-outs for a time are judged by it. */
  readonly now: number;
}

/**
 * Rewrites what the decision in force changes, for every resource that the program registers from now on, and attaches
 * the audit's hooks to each that is concerned. A refused change is said and audited, and the resource goes through.
 */
export function registerTransform({
  project,
  stack,
  source,
  inForce,
  cluster,
  auditPath,
  now,
}: TransformContext): void {
  const leftAlone = leftAloneIn(source.decision);
  const inherited = new Map<string, readonly string[]>();
  let known: InForce | undefined;
  const audit: AuditContext = {
    path: auditPath,
    project,
    stack,
    decision: () => known?.decisionId ?? "",
    whyStopped: async (namespace) => {
      if (isStopped(source.file)) return "the kill switch was set";
      const frozen = frozenBy(Date.now() / 1000);
      if (frozen !== null) return frozen.detail;
      return namespace === undefined ? null : stoppedBy(await cluster.readStop(namespace));
    },
    changesOf: (type, name, urn) =>
      [...(known?.changes ?? []), ...(known?.withdrawn ?? [])].filter(
        (change) => isOn(change, type, name) && (change.target.urn ?? urn) === urn,
      ),
  };
  let hooks: pulumi.ResourceHookBinding | undefined;
  void inForce.then(async (found) => {
    known = found;
    if (pulumi.runtime.isDryRun()) return;
    for (const change of found.withdrawn) if (change.kind === "reservation") await auditRemoval(audit, change);
  });

  pulumi.runtime.registerResourceTransform(async ({ custom, type, name, props, opts }) => {
    if (type === riskAssessmentType) return undefined;
    known = await inForce;
    const parent = await urnOfParent(opts.parent);
    const urn = urnUnder(parent, type, name);
    const ignoreChanges = [...(inherited.get(parent ?? "") ?? []), ...(opts.ignoreChanges ?? [])];
    if (!custom) {
      if (urn) inherited.set(urn, ignoreChanges);
      return undefined;
    }
    const view = { project, stack, changes: known.changes, leftAlone, urn, now };
    const isIt = (change: StackChange) => isOn(change, type, name);
    const isDecided = isConcerned(type, name, view);
    const isAudited = known.withdrawn.some(isIt) || known.changes.some((c) => c.kind === "reservation" && isIt(c));
    if (!isDecided && !isAudited) return undefined;

    hooks ??= auditHooks(audit);
    if (!isDecided) return { props, opts: pulumi.mergeOptions(opts, { hooks }) };
    const { props: settled, restore } = await settleProps(
      props,
      targetKinds.filter((kind) => kind.types.test(type)).flatMap((kind) => kind.reads),
    );
    // All weights of a resource stand in one list, which has one owner.
    const [backend] = known.changes.flatMap((c) => (c.kind === "dnsWeight" && isIt(c) ? [c.backend] : []));
    const owner = await ownerOf(settled, { type, name, urn, backend }, cluster);
    const decided = decideProps(type, name, settled, { ignoreChanges, protect: opts.protect }, {
      ...view,
      owner,
    } satisfies View);
    for (const refusal of decided.refused)
      await tell(refusal, name, (r) => auditRefusal(audit, { type, name, urn: urn ?? null }, r));
    const added = { hooks, ...(decided.ignoreChanges ? { ignoreChanges: [...decided.ignoreChanges] } : {}) };
    return { props: restore(decided.props), opts: pulumi.mergeOptions(opts, added) };
  });
}

/** Says why a change is not made; in an update it is written to the audit log too. */
async function tell(refusal: Refusal, name: string, audit: (refusal: Refusal) => Promise<void>): Promise<void> {
  const what = refusal.backend === undefined ? `replicas of ${name}` : `weight of ${refusal.backend} in ${name}`;
  const message = `Firebreak leaves the ${what} alone: ${refusal.reason} (${refusal.detail})`;
  if (refusal.reason === "alreadySatisfied") {
    pulumi.log.info(message);
    return;
  }
  pulumi.log.warn(message);
  if (!pulumi.runtime.isDryRun()) await audit(refusal);
}

/** Asks the live object. One whose name is not known, as Pulumi names it, is judged by the pre-flight of `firebreak up`. */
async function ownerOf(
  props: Props,
  resource: Omit<Owned, "namespace" | "objectName">,
  cluster: LiveCluster,
): Promise<Hold | null> {
  const objectName = valueAt(props, ["metadata", "name"]);
  const namespace =
    valueAt(props, ["metadata", "namespace"]) ?? new pulumi.Config("kubernetes").get("namespace") ?? "default";
  const isAsked = resource.type.startsWith("kubernetes:") && typeof objectName === "string";
  if (!isAsked || typeof namespace !== "string") return null;
  const found = await cluster.readHold({ ...resource, namespace, objectName });
  if (found !== null && "unreachable" in found) {
    pulumi.log.warn(
      `Firebreak: who owns what ${resource.name} would have changed cannot be told: ${found.unreachable}`,
    );
    return null;
  }
  await warnWhereStopped(resource.name, namespace, cluster);
  return found;
}

/** What is in force stays so under a kill switch; an update that would change more is stopped by its hook. */
async function warnWhereStopped(name: string, namespace: string, cluster: LiveCluster): Promise<void> {
  const stop = pulumi.runtime.isDryRun() ? await cluster.readStop(namespace) : null;
  if (stop === null || "unreachable" in stop) return;
  pulumi.log.warn(`Firebreak: an update that changes ${name} will be stopped: ${stop.reason} (${stop.detail})`);
}

function stoppedBy(stop: Hold | null | Unreachable): string | null {
  if (stop === null) return null;
  return "unreachable" in stop ? `whether its kill switch is set cannot be told: ${stop.unreachable}` : stop.detail;
}
