import { z } from "zod";
import { readAs } from "../input/schema.js";
import { changeKinds } from "../planner/decisionSchema.js";
import type { ChangeKind, ReservedSlot } from "../planner/types.js";
import { isHidden, readDeployment } from "./deployment.js";

/** Pulumi type of the resource that keeps the applied decision in the stack's state. */
export const riskAssessmentType = "pulumi-nodejs:dynamic/firebreak:RiskAssessment";

/** A change that the stack's state says is applied; `from` is the value as the program writes it. */
export interface AppliedChange {
  readonly kind: ChangeKind;
  readonly service: string;
  readonly target: { readonly type: string; readonly name: string; readonly urn?: string };
  readonly from: number | string;
  readonly to: number | string;
  readonly backend?: string;
  readonly instance?: string;
  readonly slot?: ReservedSlot;
  readonly neededAt?: string;
}

export interface Applied {
  readonly decisionId: string;
  readonly changes: readonly AppliedChange[];
}

const assessment = z.looseObject({
  decisionId: z.string("expected the id of a decision"),
  changes: z.array(
    z.looseObject({
      kind: z.enum(changeKinds),
      service: z.string(),
      target: z.looseObject({ type: z.string(), name: z.string(), urn: z.string().optional() }),
      from: z.union([z.number(), z.string()]),
      to: z.union([z.number(), z.string()]),
      backend: z.string().optional(),
      instance: z.string().optional(),
      slot: z
        .looseObject({
          cpu: z.number(),
          memory: z.number(),
          capacity: z.number(),
          zones: z.array(z.string()),
          machine: z.looseObject({ instanceType: z.string(), platform: z.string() }).optional(),
        })
        .optional(),
      neededAt: z.string().optional(),
    }),
  ),
});

/** What was last applied to the stack, or null where no decision ever was. */
export function readApplied(exportedState: unknown): Applied | null {
  const found = readDeployment(exportedState).find((r) => r.type === riskAssessmentType);
  if (found === undefined) return null;
  const { inputs } = found;
  const { decisionId, changes } = readAs(
    assessment,
    { decisionId: inputs.decisionId, changes: isHidden(inputs.changes) ? [] : inputs.changes },
    found.urn,
  );
  // A program that ran without any decision leaves an assessment that says so.
  return decisionId === "" ? null : { decisionId, changes };
}
