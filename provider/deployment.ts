import { z } from "zod";
import { readAs } from "../input/schema.js";

/** A resource as the engine stores or previews it; other fields are left out. */
export interface StackResource {
  readonly urn: string;
  readonly type: string;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

const properties = z.record(z.string(), z.unknown());
// Loose on purpose: the format is Pulumi's own and grows.
const resource = z
  .looseObject({
    urn: z.string("expected a URN"),
    type: z.string("expected a type token"),
    delete: z.boolean().optional(),
    protect: z.boolean().optional(),
    ignoreChanges: z.array(z.string()).nullish(),
    inputs: properties.nullish(),
    outputs: properties.nullish(),
  })
  .transform((r) => ({
    urn: r.urn,
    type: r.type,
    protect: r.protect ?? false,
    ignoreChanges: r.ignoreChanges ?? [],
    inputs: r.inputs ?? {},
    outputs: r.outputs ?? {},
    pendingDelete: r.delete ?? false,
  }));

const exported = z.looseObject({
  version: z.int("expected the output of `pulumi stack export`"),
  deployment: z.looseObject({ resources: z.array(resource).nullish() }),
});

const previewed = z.looseObject({
  steps: z.array(z.looseObject({ op: z.string(), urn: z.string(), newState: resource.optional() })).nullish(),
});

/** Resources of a stack's exported deployment (`pulumi stack export`), without those that wait for deletion. */
export function readDeployment(exportedState: unknown, source = "stack export"): StackResource[] {
  const state = readAs(exported, exportedState, source);
  return (state.deployment.resources ?? []).filter((r) => !r.pendingDelete);
}

/** Resources that a preview (`pulumi preview --json`) would leave behind. */
export function readPreview(preview: unknown, source = "pulumi preview --json"): StackResource[] {
  const steps = readAs(previewed, preview, source).steps ?? [];
  const kept = steps.filter((s) => !/^(delete|discard|remove)/.test(s.op));
  // A replacement comes in several steps of one URN: the last one holds what is left.
  return [...new Map(kept.flatMap((s) => (s.newState ? [[s.urn, s.newState] as const] : []))).values()];
}

const unknownMarker = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secretMarker = "4dabf18193072939515e22adb298388d";

/** Whether the engine does not show this value: a secret, or not known before the update. */
export function isHidden(value: unknown): boolean {
  if (value === unknownMarker || value === "[secret]") return true;
  return typeof value === "object" && value !== null && secretMarker in value;
}

/** Value at a path of keys, or undefined; a hidden value on the way is returned itself. */
export function propertyAt(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (isHidden(at)) return at;
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}
