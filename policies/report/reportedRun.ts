import type { Refusal } from "../../planner/types.js";

/** What a preview found, as far as the report shows it. A run through the engine has steps, one without has a diff. */
export interface ReportedRun {
  readonly steps?: readonly ReportedStep[];
  /** Unified diff of the program's own objects. */
  readonly manifests?: string;
  readonly warnings?: readonly string[];
  readonly violations?: readonly ReportedViolation[];
  /** Changes that the transform left out, beside the decision's own refusals. */
  readonly refused?: readonly Refusal[];
  /** Why a gate stopped the preview. */
  readonly blocked?: string;
}

export interface ReportedStep {
  readonly urn: string;
  readonly op: string;
  readonly type: string;
  /** Secrets are covered already. */
  readonly diff: readonly { readonly path: string; readonly from: unknown; readonly to: unknown }[];
}

export interface ReportedViolation {
  readonly pack: string;
  readonly policy: string;
  readonly level: "warning" | "mandatory";
  readonly urn?: string;
  readonly message: string;
}
