import * as pulumi from "@pulumi/pulumi";
import type { Refusal } from "../planner/types.js";
import { type AuditEntry, appendAudit } from "../stores/audit/file.js";
import { actorOf } from "./actor.js";
import type { Props } from "./decideProps.js";
import { livePlaceOf } from "./livePlace.js";
import { settleProps, valueAt } from "./settle.js";
import type { StackChange } from "./stackChange.js";
import { kubernetesTarget } from "./targets/kubernetes.js";
import type { ReplicaTarget } from "./targets/target.js";

/** Where the hooks write, and what stops them. */
export interface AuditContext {
  readonly path: string;
  readonly project: string;
  readonly stack: string;
  /** Id of the decision in force. */
  readonly decision: () => string;
  /** Whether the kill switch is on now. */
  readonly isStopped: () => boolean;
  /** The change of a resource that is in force or was until now. */
  readonly changeOf: (type: string, name: string, urn: string) => StackChange | undefined;
}

/**
 * Hooks that write the audit log before and after each operation that changes a resource's replicas. The one before
 * looks at the kill switch again: it throws, and the operation is not carried out.
 */
export function auditHooks(context: AuditContext): pulumi.ResourceHookBinding {
  const before = new pulumi.ResourceHook("firebreak-before", async (args) => {
    const entry = await entryOf(context, args, "before");
    if (!entry) return;
    if (context.isStopped()) {
      await appendAudit(context.path, { ...entry, phase: "refused", outcome: "killSwitch" });
      throw new Error(`the kill switch was set: ${args.name} is not changed`);
    }
    await appendAudit(context.path, entry);
  });
  const after = new pulumi.ResourceHook("firebreak-after", async (args) => {
    const entry = await entryOf(context, args, "after");
    if (entry) await appendAudit(context.path, { ...entry, outcome: "done" });
  });
  return { beforeCreate: [before], afterCreate: [after], beforeUpdate: [before], afterUpdate: [after] };
}

/** Writes that a change was refused and the resource deployed as written. */
export async function auditRefusal(
  context: AuditContext,
  resource: { readonly type: string; readonly name: string; readonly urn: string | null },
  refusal: Refusal,
): Promise<void> {
  const { kind, from, to, reason, detail } = refusal;
  await appendAudit(context.path, {
    ...headerOf(context),
    ...resource,
    phase: "refused",
    operation: "update",
    change: from === undefined || to === undefined ? null : { kind, from, to },
    outcome: `${reason}: ${detail}`,
  });
}

async function entryOf(
  context: AuditContext,
  args: pulumi.ResourceHookArgs,
  phase: AuditEntry["phase"],
): Promise<AuditEntry | null> {
  const change = context.changeOf(args.type, args.name, args.urn);
  const target = kubernetesTarget(args.type);
  if (!change || !target) return null;
  const old = await replicasIn(args.oldInputs, target);
  const to = (await replicasIn(args.newInputs, target)) ?? target.byDefault;
  const from = typeof old === "number" ? old : change.from;
  if (args.oldInputs !== undefined && (old ?? target.byDefault) === to) return null;
  return {
    ...headerOf(context),
    urn: args.urn,
    type: args.type,
    name: args.name,
    phase,
    operation: args.oldInputs === undefined ? "create" : "update",
    change: { kind: change.kind, from, to: typeof to === "number" ? to : change.to },
    ...placeOf(args, target),
    ...(change.reason === "" ? {} : { reason: change.reason }),
  };
}

/** Where the value lives; before a creation the object has no name that can be relied on. */
function placeOf({ type, id }: pulumi.ResourceHookArgs, { path }: ReplicaTarget): Pick<AuditEntry, "place"> {
  const place = typeof id === "string" ? livePlaceOf(type, id, path.join(".")) : undefined;
  return place === undefined ? {} : { place };
}

/** Inputs that are secret arrive as Outputs. */
async function replicasIn(inputs: unknown, target: ReplicaTarget): Promise<unknown> {
  if (typeof inputs !== "object" || inputs === null) return undefined;
  return valueAt((await settleProps(inputs as Props, [target.path])).props, target.path);
}

function headerOf({
  project,
  stack,
  decision,
}: AuditContext): Pick<AuditEntry, "decision" | "project" | "stack" | "actor"> {
  return { decision: decision(), project, stack, actor: actorOf() };
}
