import { resolve } from "node:path";
import { appendAudit } from "../../stores/audit/file.js";
import { actorOf } from "../actor.js";
import { auditFile } from "../auditFile.js";
import { findDecision, isStopped } from "../decisionSource.js";
import { isEngineGone } from "../engine.js";
import { frozenBy } from "../freeze.js";
import { moverOf } from "./movers.js";
import type { Circumstances, ForeseenMigration, MigrationInputs, MigrationOutcome } from "./outcome.js";

/** Inputs and outcome of a `Migration`, as the stack's state keeps them. */
export type MigrationState = MigrationInputs & {
  readonly outcome: MigrationOutcome["outcome"];
  readonly reason: string;
  readonly detail: string;
  readonly replacement: string;
  readonly host: string;
};

/**
 * Carries one migration out, in the process of the dynamic provider. Whatever was done before (by a run that crashed) is
 * gone on from.
 * @throws Error where the outcome is not known
 */
export async function migrate(inputs: MigrationInputs): Promise<MigrationState> {
  const mover = moverOf(inputs.change.target.type);
  const outcome = mover === undefined ? unsupported(inputs) : await mover.move(inputs, circumstancesOf(inputs));
  return { ...inputs, reason: "", replacement: "", host: "", ...outcome };
}

/** What `migrate` would do, found without writing. Never throws: a preview says what it does not know. */
export async function foreseeMigration(
  inputs: MigrationInputs,
): Promise<ForeseenMigration | { readonly unknown: string }> {
  const mover = moverOf(inputs.change.target.type);
  if (mover === undefined) return unsupported(inputs);
  try {
    return await mover.foresee(inputs, circumstancesOf(inputs));
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) };
  }
}

function circumstancesOf({ decision, change, place }: MigrationInputs): Circumstances {
  const root = resolve(process.cwd(), place.root);
  const file = findDecision({ argument: place.decisionArgument, config: place.decisionConfig, root });
  return {
    stopped: () =>
      isStopped(file)
        ? { reason: "killSwitch", detail: "the kill switch is on: nothing is begun until it is off" }
        : frozenBy(Date.now() / 1000),
    abandoned: isEngineGone,
    audit: async (phase, outcome) => {
      await appendAudit(auditFile(file, root, place.audit), {
        decision,
        project: place.project,
        stack: place.stack,
        actor: actorOf(),
        phase,
        operation: "update",
        urn: change.target.urn ?? null,
        type: change.target.type,
        name: change.target.name,
        change: { kind: change.kind, from: change.from, to: change.to, instance: change.instance },
        ...(outcome !== undefined && { outcome }),
      });
    },
  };
}

function unsupported({ change }: MigrationInputs) {
  const detail = `instances of ${change.target.type} are not moved`;
  return { outcome: "refused", reason: "notSupported", detail } as const;
}
