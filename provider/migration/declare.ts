import { relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Decision, Hold } from "../../planner/types.js";
import { configuredAws } from "../configuredAws.js";
import type { DecisionSource } from "../decisionSource.js";
import { isEngineGone } from "../engine.js";
import type { InForce } from "../riskAssessment.js";
import type { MigrationStackChange, StackChange } from "../stackChange.js";
import { foreseeMigration } from "./carryOut.js";
import { sweepKubernetes } from "./kubernetes/mover.js";
import { Migration } from "./migration.js";
import type { MigrationInputs, MigrationPlace } from "./outcome.js";

/** Where the program runs, as `applyDecision()` was told. */
export interface Declaring {
  readonly project: string;
  readonly stack: string;
  readonly source: DecisionSource;
  /** Absolute path of the project's root. */
  readonly root: string;
  /** As the program and the stack's configuration name them, where they do. */
  readonly decisionArgument?: string;
  readonly decisionConfig?: string;
  readonly audit?: string;
}

/**
 * Declares a `Migration` for each migration in force. Those off one host wait for one another, since one lease covers it.
 * In a preview each says what it would do; in an update each says why it was refused, and what earlier runs left on hosts
 * that no migration works on any more is taken back.
 */
export function declareMigrations(inForce: InForce, declaring: Declaring): readonly Migration[] {
  const inputs = inForce.changes.filter(isMigration).map((change) => inputsOf(change, inForce, declaring));
  const last = new Map<string, Migration>();
  const declared = inputs.map((given) => {
    const { instance, from } = given.change;
    const before = last.get(from);
    const migration = new Migration(`migrate-${instance}`, { ...given }, before && { dependsOn: [before] });
    last.set(from, migration);
    void tell(migration, given);
    return migration;
  });
  const concerned = [...inForce.changes, ...inForce.withdrawn].filter(isMigration).filter(isOnKubernetes);
  if (concerned.length > 0 && !pulumi.runtime.isDryRun()) void cleanUp(inputs, placeOf(declaring));
  return declared;
}

function isMigration(change: StackChange): change is MigrationStackChange {
  return change.kind === "migration";
}

function isOnKubernetes({ target }: MigrationStackChange): boolean {
  return target.type.startsWith("kubernetes:");
}

function isOnAws({ target }: MigrationStackChange): boolean {
  return target.type.startsWith("aws:");
}

function inputsOf(change: MigrationStackChange, inForce: InForce, declaring: Declaring): MigrationInputs {
  const held = heldBack(change, inForce, declaring.source.decision);
  const place = isOnAws(change) ? { ...placeOf(declaring), aws: awsPlaceOf(declaring) } : placeOf(declaring);
  return { decision: inForce.decisionId, change, place, ...(held !== null && { held }) };
}

function placeOf({ source, root, ...named }: Declaring): MigrationPlace {
  const context = new pulumi.Config("kubernetes").get("context");
  const clusterUid = source.decision?.boundTo.clusterUid;
  return {
    ...JSON.parse(JSON.stringify(named)),
    root: relative(process.cwd(), root) || ".",
    ...(context !== undefined && { context }),
    ...(clusterUid !== undefined && { clusterUid }),
  };
}

function awsPlaceOf({ source }: Declaring): MigrationPlace["aws"] {
  const { awsAccount, awsRegion } = source.decision?.boundTo ?? {};
  return JSON.parse(JSON.stringify({ ...configuredAws(), awsAccount, awsRegion }));
}

/** What is kept in force is not begun anew: that is for a decision that may be applied now. */
function heldBack(change: MigrationStackChange, { standing }: InForce, decision: Decision | null): Hold | null {
  if (standing === "killSwitch") return { reason: "killSwitch", detail: "the kill switch is on" };
  if (standing !== "current") return { reason: "expired", detail: "the decision is past its maximum age" };
  const planned = decision?.changes.find((c) => c.kind === "migration" && c.instance === change.instance);
  if (planned !== undefined && Date.parse(planned.expiresAt) < Date.now()) {
    return { reason: "expired", detail: `the change expired at ${planned.expiresAt}` };
  }
  return null;
}

async function tell(migration: Migration, inputs: MigrationInputs): Promise<void> {
  const { instance, from } = inputs.change;
  // What an update has yet to find out is not known in its preview.
  const known = await (migration.outcome as unknown as { readonly isKnown: Promise<boolean> }).isKnown;
  if (known) {
    pulumi.all([migration.outcome, migration.reason, migration.detail]).apply(([outcome, reason, detail]) => {
      if (outcome !== "refused") return;
      pulumi.log.warn(`Firebreak leaves ${instance} on ${from}: ${reason} (${detail})`, migration);
    });
    return;
  }
  if (!pulumi.runtime.isDryRun()) return;
  const foreseen = await foreseeMigration(inputs);
  if ("steps" in foreseen) {
    pulumi.log.info(`Firebreak would move ${instance} off ${from}: ${foreseen.steps.join("; ")}`, migration);
  } else if ("unknown" in foreseen) {
    pulumi.log.warn(`Firebreak cannot tell whether ${instance} would leave ${from}: ${foreseen.unknown}`, migration);
  } else if (foreseen.outcome === "gone") {
    pulumi.log.info(`Firebreak would move nothing for ${instance}: ${foreseen.detail}`, migration);
  } else {
    const { reason, detail } = foreseen;
    pulumi.log.warn(`Firebreak would leave ${instance} on ${from}: ${reason} (${detail})`, migration);
  }
}

/** Never fails the update: what cannot be cleaned now is cleaned by the next. */
async function cleanUp(inputs: readonly MigrationInputs[], place: MigrationPlace): Promise<void> {
  const running = inputs.filter(({ held }) => held === undefined);
  try {
    await sweepKubernetes(place, running, isEngineGone);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    pulumi.log.warn(`Firebreak: what earlier migrations may have left was not looked for: ${why}`);
  }
}
