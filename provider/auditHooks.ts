import * as pulumi from "@pulumi/pulumi";
import type { Refusal } from "../planner/types.js";
import { type AuditEntry, appendAudit } from "../stores/audit/file.js";
import { appendRefusals } from "../stores/audit/refusals.js";
import { actorOf } from "./actor.js";
import type { Props } from "./decideProps.js";
import { livePlaceOf } from "./livePlace.js";
import { asWritten, numberAt, numberIn } from "./placeValue.js";
import { settleProps, valueAt } from "./settle.js";
import type { StackChange } from "./stackChange.js";
import { type TargetKind, targetKindOf } from "./targets/index.js";

/** Where the hooks write, and what stops them. */
export interface AuditContext {
  readonly path: string;
  readonly project: string;
  readonly stack: string;
  /** Id of the decision in force. */
  readonly decision: () => string;
  /** Why nothing may be changed now (a freeze, a kill switch; a namespace's own stops what is in it), or null. */
  readonly whyStopped: (namespace: string | undefined) => Promise<string | null>;
  /** The changes of a resource that are in force or were until now, those in force first. */
  readonly changesOf: (type: string, name: string, urn: string) => readonly StackChange[];
}

/**
 * Hooks that write the audit log before and after each operation that changes what a decision changes. The one before
 * looks at the kill switch again: it throws, and the operation is not carried out.
 */
export function auditHooks(context: AuditContext): pulumi.ResourceHookBinding {
  const before = new pulumi.ResourceHook("firebreak-before", async (args) => {
    const entries = await entriesOf(context, args, "before");
    const stopped = entries.length === 0 ? null : await context.whyStopped(await namespaceOf(args));
    for (const entry of entries) {
      const refused = stopped === null ? {} : { phase: "refused" as const, outcome: stopped };
      await appendAudit(context.path, { ...entry, ...refused });
    }
    if (stopped !== null) throw new Error(`${stopped}: ${args.name} is not changed`);
  });
  const after = new pulumi.ResourceHook("firebreak-after", async (args) => {
    for (const entry of await entriesOf(context, args, "after")) {
      await appendAudit(context.path, { ...entry, outcome: "done" });
    }
  });
  return { beforeCreate: [before], afterCreate: [after], beforeUpdate: [before], afterUpdate: [after] };
}

/**
 * Writes that a reservation is removed. Hooks of a deletion would need the program for every `pulumi destroy`, so the
 * record is written ahead of the update, when it is known.
 */
export async function auditRemoval(context: AuditContext, { target, from, to, reason }: StackChange): Promise<void> {
  await appendAudit(context.path, {
    ...headerOf(context),
    urn: target.urn ?? null,
    type: target.type,
    name: target.name,
    phase: "before",
    operation: "delete",
    change: { kind: "reservation", from: to, to: from },
    ...(reason === "" ? {} : { reason }),
  });
}

/** Writes that a change was refused and the resource deployed as written, once for a decision, resource and reason. */
export async function auditRefusal(
  context: AuditContext,
  resource: { readonly type: string; readonly name: string; readonly urn: string | null },
  refusal: Refusal,
): Promise<void> {
  const { kind, from, to, backend, reason, detail } = refusal;
  const change = { kind, ...(backend !== undefined && { backend }) };
  await appendRefusals(context.path, [
    {
      ...headerOf(context),
      ...resource,
      phase: "refused",
      operation: "update",
      change: from === undefined || to === undefined ? null : { ...change, from, to },
      outcome: `${reason}: ${detail}`,
    },
  ]);
}

/** One entry for each number that the operation changes: a route may have several weights, a group two sizes. */
async function entriesOf(
  context: AuditContext,
  args: pulumi.ResourceHookArgs,
  phase: AuditEntry["phase"],
): Promise<AuditEntry[]> {
  const entries = new Map<string, AuditEntry>();
  const isNew = args.oldInputs === undefined;
  for (const change of context.changesOf(args.type, args.name, args.urn)) {
    const kind = targetKindOf(args.type, change.kind === "reservation" ? "replicas" : change.kind);
    const part = change.kind === "dnsWeight" ? change.backend : undefined;
    if (!kind) continue;
    const olds = await numbersOf(args.oldInputs, kind, part);
    const news = await numbersOf(args.newInputs, kind, part);
    const fields = [...news.keys()].filter((field) => !isNew && olds.get(field) !== news.get(field));
    for (const field of isNew ? [kind.field(part)] : fields) {
      if (entries.has(field)) continue;
      entries.set(field, {
        ...headerOf(context),
        urn: args.urn,
        type: args.type,
        name: args.name,
        phase,
        operation: isNew ? "create" : "update",
        change: {
          kind: change.kind,
          ...(part !== undefined && { backend: part }),
          from: asWritten(kind, olds.get(field) ?? change.from),
          to: asWritten(kind, news.get(field) ?? change.to),
        },
        ...placeOf(args, field),
        ...(change.reason === "" ? {} : { reason: change.reason }),
      });
    }
  }
  return [...entries.values()];
}

/** Where the value lives; before a creation the object has no name that can be relied on. */
function placeOf({ type, id }: pulumi.ResourceHookArgs, field: string): Pick<AuditEntry, "place"> {
  const place = typeof id === "string" ? livePlaceOf(type, id, field) : undefined;
  return place === undefined ? {} : { place };
}

/** Namespace of a Kubernetes object, as the engine is about to deploy it. */
async function namespaceOf({ type, newInputs }: pulumi.ResourceHookArgs): Promise<string | undefined> {
  if (!type.startsWith("kubernetes:")) return undefined;
  const path = ["metadata", "namespace"];
  const namespace = valueAt((await settleProps((newInputs ?? {}) as Props, [path])).props, path);
  return typeof namespace === "string" ? namespace : "default";
}

/**
 * The numbers that a change may write, by the property for people: each place of replicas for itself, a weight as one.
 * Inputs that are secret arrive as Outputs.
 */
async function numbersOf(inputs: unknown, kind: TargetKind, part?: string): Promise<Map<string, number | null>> {
  if (typeof inputs !== "object" || inputs === null) return new Map();
  const { props } = await settleProps(inputs as Props, kind.reads);
  if (kind.change === "dnsWeight") {
    const weight = numberIn(kind, props, part);
    return new Map(weight === undefined ? [] : [[kind.field(part), weight]]);
  }
  return new Map(kind.placesIn(props).map((place) => [place.path.join("."), numberAt(props, place)]));
}

function headerOf({
  project,
  stack,
  decision,
}: AuditContext): Pick<AuditEntry, "decision" | "project" | "stack" | "actor"> {
  return { decision: decision(), project, stack, actor: actorOf() };
}
