import * as pulumi from "@pulumi/pulumi";
import { InputError } from "../input/problems.js";
import type { Hold } from "../planner/types.js";
import { announce, announceHeldBack } from "./announcement.js";
import { riskAssessmentType } from "./applied.js";
import { auditFile } from "./auditFile.js";
import { type AuditContext, auditHooks, auditRefusal } from "./auditHooks.js";
import { openCluster, readClusterUid, UnreachableError } from "./cluster.js";
import { decideProps, isConcerned, type View } from "./decideProps.js";
import {
  assessedOf,
  type DecisionSource,
  findDecision,
  isStopped,
  leftAloneIn,
  readDecisionSource,
} from "./decisionSource.js";
import { declareMigrations } from "./migration/declare.js";
import { readOwner } from "./owners.js";
import { type Assessed, type InForce, RiskAssessment } from "./riskAssessment.js";
import { settleProps, valueAt } from "./settle.js";
import { targetKinds } from "./targets/index.js";

/** What is asked of the live cluster while the program runs. */
export interface LiveCluster {
  readUid(): Promise<{ readonly uid: string } | { readonly unreachable: string }>;
  /** Why the replicas of a Deployment must be left alone, or null. */
  readHold(namespace: string, objectName: string): Promise<Hold | null | { readonly unreachable: string }>;
}

export interface ApplyDecisionArgs {
  /** Decision file; by default `FIREBREAK_DECISION`, the configuration `firebreak:decision`, `.firebreak/decision.json`. */
  readonly decision?: string;
  /** Audit log; by default `FIREBREAK_AUDIT`, else `audit.jsonl` beside the decision. */
  readonly audit?: string;
  /** The live cluster; by default the one that `KUBECONFIG` and `kubernetes:context` name. */
  readonly cluster?: LiveCluster;
}

/**
 * Applies the stack's decision: call it on the first line of a Pulumi program. Nothing else is registered before the
 * decision has been judged against what the stack applied last, so a program that fails this check changes nothing.
 * Without a decision, and none ever applied, the stack is deployed as written.
 *
 * A decision file that is broken, or of another project, stack or cluster, ends the program by the same check.
 *
 * @returns the decision in force, as outputs.
 */
export function applyDecision(args: ApplyDecisionArgs = {}): RiskAssessment {
  const where = { project: pulumi.getProject(), stack: pulumi.getStack() };
  const root = pulumi.runtime.getRootDirectory() || process.cwd();
  const config = new pulumi.Config("firebreak").get("decision");
  const file = findDecision({ argument: args.decision, config, root });
  const now = Date.now() / 1000;
  const { source, broken } = readOrExplain(file, where, now);
  const cluster = args.cluster ?? ambientCluster();
  if (broken === "") announce(source);

  const assessed = checkCluster(source, cluster).then((elsewhere) => ({
    ...assessedOf(source, now),
    problem: broken || elsewhere,
  }));
  const field = <K extends keyof Assessed>(key: K) => pulumi.output(assessed.then((a) => a[key]));
  const assessment = new RiskAssessment("firebreak", {
    decisionId: field("decisionId"),
    standing: field("standing"),
    failMode: field("failMode"),
    changes: field("changes"),
    written: field("written"),
    file: field("file"),
    problem: field("problem"),
  });
  const inForce = inForceOf(assessment);
  void inForce.then((found) => announceHeldBack(source, found));
  registerTransform({
    ...where,
    source,
    inForce,
    cluster,
    auditPath: auditFile(file, root, args.audit),
  });
  const named = { decisionArgument: args.decision, decisionConfig: config, audit: args.audit };
  void inForce.then((found) => declareMigrations(found, { ...where, source, root, ...named }));
  return assessment;
}

/** A bad decision file is told through the assessment's check: an exception would bury it in a stack trace. */
function readOrExplain(
  file: string,
  where: { readonly project: string; readonly stack: string },
  now: number,
): { readonly source: DecisionSource; readonly broken: string } {
  try {
    return { source: readDecisionSource(file, where, now), broken: "" };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { source: { file, decision: null, standing: "none" }, broken: error.message };
  }
}

interface TransformContext {
  readonly project: string;
  readonly stack: string;
  readonly source: DecisionSource;
  readonly inForce: Promise<InForce>;
  readonly cluster: LiveCluster;
  readonly auditPath: string;
}

function registerTransform({ project, stack, source, inForce, cluster, auditPath }: TransformContext): void {
  const leftAlone = leftAloneIn(source.decision);
  const inherited = new Map<string, readonly string[]>();
  let known: InForce | undefined;
  const audit: AuditContext = {
    path: auditPath,
    project,
    stack,
    decision: () => known?.decisionId ?? "",
    isStopped: () => isStopped(source.file),
    changesOf: (type, name, urn) =>
      [...(known?.changes ?? []), ...(known?.withdrawn ?? [])].filter(
        ({ target }) => target.type === type && target.name === name && (target.urn ?? urn) === urn,
      ),
  };
  let hooks: pulumi.ResourceHookBinding | undefined;

  pulumi.runtime.registerResourceTransform(async ({ custom, type, name, props, opts }) => {
    if (type === riskAssessmentType) return undefined;
    known = await inForce;
    const urn = await urnOf(opts.parent, type, name);
    const ignoreChanges = [...((await parentOf(opts.parent, inherited)) ?? []), ...(opts.ignoreChanges ?? [])];
    if (!custom) {
      if (urn) inherited.set(urn, ignoreChanges);
      return undefined;
    }
    const view = { project, stack, changes: known.changes, leftAlone, urn };
    const stepsDown = known.withdrawn.some(({ target }) => target.type === type && target.name === name);
    if (!isConcerned(type, name, view) && !stepsDown) return undefined;

    hooks ??= auditHooks(audit);
    const { props: settled, restore } = await settleProps(
      props,
      targetKinds.filter((kind) => kind.types.test(type)).flatMap((kind) => kind.reads),
    );
    const owner = await ownerOf(settled, type, cluster);
    const decided = decideProps(type, name, settled, { ignoreChanges, protect: opts.protect }, {
      ...view,
      owner,
    } satisfies View);
    for (const refusal of decided.refused) {
      const what = refusal.backend === undefined ? "replicas" : `weight of ${refusal.backend} in`;
      const message = `Firebreak leaves the ${what}${refusal.backend === undefined ? " of" : ""} ${name} alone: ${refusal.reason} (${refusal.detail})`;
      if (refusal.reason === "alreadySatisfied") {
        pulumi.log.info(message);
        continue;
      }
      pulumi.log.warn(message);
      if (!pulumi.runtime.isDryRun()) {
        await auditRefusal(audit, { type, name, urn: urn ?? null }, refusal);
      }
    }
    const added = { hooks, ...(decided.ignoreChanges ? { ignoreChanges: [...decided.ignoreChanges] } : {}) };
    return { props: restore(decided.props), opts: pulumi.mergeOptions(opts, added) };
  });
}

/** Resolves once the engine has accepted the assessment, and never where it refuses: the engine then ends the program. */
function inForceOf(assessment: RiskAssessment): Promise<InForce> {
  return new Promise((resolve) => {
    pulumi
      .all([assessment.decisionId, assessment.standing, assessment.changes, assessment.withdrawn])
      .apply(([decisionId, standing, changes, withdrawn]) => {
        resolve({ decisionId: decisionId ?? "", standing, changes: changes ?? [], withdrawn: withdrawn ?? [] });
      });
  });
}

function ambientCluster(): LiveCluster {
  const cluster = openCluster({ context: new pulumi.Config("kubernetes").get("context") });
  return {
    readUid: () => readClusterUid(cluster),
    readHold: async (namespace, objectName) => {
      if ("unreachable" in cluster) return cluster;
      try {
        return (await readOwner(cluster, namespace, objectName)).hold;
      } catch (error) {
        if (error instanceof UnreachableError) return { unreachable: error.message };
        throw error;
      }
    },
  };
}

/**
 * @returns what is wrong where the decision is another cluster's, or which one this is cannot be told in `up`. A promise
 * that rejected would leave the engine waiting; as a failed check of the assessment it ends the program.
 */
async function checkCluster({ decision, file }: DecisionSource, cluster: LiveCluster): Promise<string> {
  const expected = decision?.boundTo.clusterUid;
  if (expected === undefined) return "";
  const found = await cluster.readUid();
  if ("uid" in found) {
    if (found.uid === expected) return "";
    return `${file}: boundTo.clusterUid: the decision is for cluster ${expected}, this is ${found.uid}; nothing is changed. Run \`firebreak plan\` for this one`;
  }
  const unknown = `${file}: boundTo.clusterUid: whether this is the decision's cluster cannot be told: ${found.unreachable}`;
  if (!pulumi.runtime.isDryRun()) return unknown;
  pulumi.log.warn(`Firebreak: ${unknown}`);
  return "";
}

/** Asks the live object. One whose name is not known, as Pulumi names it, is judged by the pre-flight of `firebreak up`. */
async function ownerOf(
  props: Readonly<Record<string, unknown>>,
  type: string,
  cluster: LiveCluster,
): Promise<Hold | null> {
  const objectName = valueAt(props, ["metadata", "name"]);
  const namespace =
    valueAt(props, ["metadata", "namespace"]) ?? new pulumi.Config("kubernetes").get("namespace") ?? "default";
  if (!type.endsWith(":Deployment") || typeof objectName !== "string" || typeof namespace !== "string") return null;
  const found = await cluster.readHold(namespace, objectName);
  if (found === null || "reason" in found) return found;
  pulumi.log.warn(`Firebreak: who owns the replicas of ${objectName} cannot be told: ${found.unreachable}`);
  return null;
}

async function parentOf(
  parent: pulumi.Resource | undefined,
  inherited: ReadonlyMap<string, readonly string[]>,
): Promise<readonly string[] | undefined> {
  const urn = await urnOfParent(parent);
  return urn === undefined ? undefined : inherited.get(urn);
}

async function urnOf(parent: pulumi.Resource | undefined, type: string, name: string): Promise<string | undefined> {
  const above = await urnOfParent(parent);
  const [head, project, types] = above?.split("::") ?? [];
  if (head === undefined || types === undefined) return undefined;
  const chain = types === "pulumi:pulumi:Stack" ? type : `${types}$${type}`;
  return `${head}::${project}::${chain}::${name}`;
}

function urnOfParent(parent: pulumi.Resource | undefined): Promise<string | undefined> {
  if (parent === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => void pulumi.output(parent.urn).apply(resolve));
}
