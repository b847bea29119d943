import * as pulumi from "@pulumi/pulumi";
import { InputError } from "../input/problems.js";
import { announce, announceHeldBack } from "./announcement.js";
import { auditFile } from "./auditFile.js";
import { checkAws } from "./checkAws.js";
import { assessedOf, type DecisionSource, findDecision, readDecisionSource } from "./decisionSource.js";
import { holdBack } from "./heldBack.js";
import { ambientCluster, type LiveCluster } from "./liveCluster.js";
import { declareMigrations } from "./migration/declare.js";
import { declareReservations } from "./reservation/declare.js";
import { type ReservationSettings, reservationSettings } from "./reservation/settings.js";
import { registerTransform } from "./resourceTransform.js";
import { type Assessed, type InForce, RiskAssessment } from "./riskAssessment.js";
import { isSameChange } from "./stackChange.js";

export interface ApplyDecisionArgs {
  /** Decision file; by default `FIREBREAK_DECISION`, the configuration `firebreak:decision`, `.firebreak/decision.json`. */
  readonly decision?: string;
  /** Audit log; by default `FIREBREAK_AUDIT`, else `audit.jsonl` beside the decision. */
  readonly audit?: string;
  /** The live cluster; by default the one that `KUBECONFIG` and `kubernetes:context` name. */
  readonly cluster?: LiveCluster;
  /** Kubernetes provider of the resources that Firebreak declares itself; by default the program's default provider. */
  readonly kubernetesProvider?: pulumi.ProviderResource;
  /** AWS provider of the resources that Firebreak declares itself; by default the program's default provider. */
  readonly awsProvider?: pulumi.ProviderResource;
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
  const settings = new pulumi.Config("firebreak");
  const config = settings.get("decision");
  const file = findDecision({ argument: args.decision, config, root });
  const now = Date.now() / 1000;
  const { source, reservations, broken } = readOrExplain(file, where, now, (key) => settings.get(key));
  const cluster = args.cluster ?? ambientCluster();
  if (broken === "") announce(source);

  const held = holdBack(source, cluster, reservations);
  const checks = [checkCluster(source, cluster), checkAws(source)];
  const assessed = Promise.all([held, ...checks]).then(([heldBack, ...elsewhere]): Assessed => {
    const found = assessedOf(source, now);
    const changes = found.changes.map((change) =>
      heldBack.some((h) => isSameChange(h.change, change)) ? { ...change, expired: true } : change,
    );
    return { ...found, changes, problem: broken || (elsewhere.find((problem) => problem !== "") ?? "") };
  });
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
  void inForce.then(async (found) => announceHeldBack(source, found, await held));
  const auditPath = auditFile(file, root, args.audit);
  registerTransform({ ...where, source, inForce, cluster, auditPath, now });
  const providers = { kubernetes: args.kubernetesProvider, aws: args.awsProvider };
  void inForce.then((found) => declareReservations(found.changes, reservations, providers));
  const named = { decisionArgument: args.decision, decisionConfig: config, audit: args.audit };
  void inForce.then((found) => declareMigrations(found, { ...where, source, root, ...named }));
  return assessment;
}

/** A bad decision file is told through the assessment's check: an exception would bury it in a stack trace. */
function readOrExplain(
  file: string,
  where: { readonly project: string; readonly stack: string },
  now: number,
  get: (key: string) => string | undefined,
): { readonly source: DecisionSource; readonly reservations: ReservationSettings; readonly broken: string } {
  try {
    const reservations = reservationSettings(where, get);
    return { source: readDecisionSource(file, where, now), reservations, broken: "" };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const reservations = reservationSettings(where, () => undefined);
    return { source: { file, decision: null, standing: "none" }, reservations, broken: error.message };
  }
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
