import type { Hold } from "../../planner/types.js";
import type { AwsBinding, AwsPlace } from "../awsPlace.js";
import type { MigrationStackChange } from "../stackChange.js";

/** Where a migration runs and what it answers to; kept in the state, so nothing in it names this machine. */
export interface MigrationPlace {
  readonly project: string;
  readonly stack: string;
  /** Project root as seen from the program's folder, for example `.`. */
  readonly root: string;
  /** Decision file as the program and as the stack's configuration names it, where they do. */
  readonly decisionArgument?: string;
  readonly decisionConfig?: string;
  /** Audit log as the program names it. */
  readonly audit?: string;
  /** Context of the kubeconfig, where `kubernetes:context` names one. */
  readonly context?: string;
  /** UID of the cluster that the decision is for. */
  readonly clusterUid?: string;
  /** Where AWS is asked, and the account and region that the decision is for. */
  readonly aws?: AwsPlace & AwsBinding;
}

/** Inputs of a `Migration`: one migration of a decision in force. */
export interface MigrationInputs {
  /** Id of the decision. */
  readonly decision: string;
  readonly change: MigrationStackChange;
  readonly place: MigrationPlace;
  /** Why it is not begun now (kill switch, a decision past its age); what has begun is not undone by it. */
  readonly held?: Hold;
}

/** How a migration ended. */
export type MigrationOutcome =
  /** The instance runs elsewhere. */
  | { readonly outcome: "migrated"; readonly detail: string; readonly replacement: string; readonly host: string }
  /** The instance was gone already: nothing was done. */
  | { readonly outcome: "gone"; readonly detail: string }
  /** It was not begun, or was taken back; the instance is where it was. */
  | ({ readonly outcome: "refused" } & Hold);

/** What a preview says of a migration: the steps that it would take, or why it would be refused. */
export type ForeseenMigration =
  | { readonly steps: readonly string[] }
  | Exclude<MigrationOutcome, { outcome: "migrated" }>;

/** Carries migrations out on one platform; knows it by the resource that runs the service. */
export interface Mover {
  readonly handles: (type: string) => boolean;
  /** Moves the instance, or says why not. @throws Error where the outcome is not known: the next run goes on from there */
  readonly move: (inputs: MigrationInputs, circumstances: Circumstances) => Promise<MigrationOutcome>;
  /** Looks without writing. */
  readonly foresee: (inputs: MigrationInputs, circumstances: Circumstances) => Promise<ForeseenMigration>;
}

/** What surrounds a migration while it runs. */
export interface Circumstances {
  /** Why nothing new may be begun at this moment (kill switch, freeze), or null. */
  readonly stopped: () => Hold | null;
  /** Whether whoever asked for the migration is gone, so that nothing more may be written. */
  readonly abandoned: () => Promise<boolean>;
  /** Writes the audit log; called before the first change, and with the outcome. */
  readonly audit: (phase: "before" | "after" | "refused", outcome?: string) => Promise<void>;
}
