import { ask, type Cluster, reasonOf } from "../cluster.js";
import { valuesAt, withValueAt } from "../liveField.js";
import type { ManagedFields } from "../liveObject.js";
import { apiPathOf, objectOf } from "../livePlace.js";
import { appliedBy } from "../ownedFields.js";
import type { RevertStep } from "./plan.js";

/** How a step ended: `done`, nothing to do, or refused with the reason. */
export type RevertOutcome =
  | { readonly outcome: "done" | "alreadyThere" }
  | { readonly outcome: "refused"; readonly reason: string };

/**
 * Puts one value of a Kubernetes object back. The write is made in the name of the manager that applied the value, with
 * all else that it applied: later previews then meet no conflict. What somebody changed since is left alone.
 * @param dryRun asks the API server what would happen, and writes nothing
 * @throws UnreachableError
 */
export async function revertObject(cluster: Cluster, step: RevertStep, dryRun: boolean): Promise<RevertOutcome> {
  const object = objectOf(step.place);
  const path = object === undefined ? undefined : apiPathOf(object);
  if (path === undefined) return refused(`${step.place.id} is of no kind that Firebreak changes`);
  const { status, body } = await ask(cluster, { path });
  if (status === 404) return refused("the object is gone");
  if (status !== 200) return refused(reasonOf({ status, body }));
  const live = body as Record<string, unknown>;
  const values = valuesAt(live, step.place.field);
  if (values.length === 0) return refused(`it has no ${step.place.field} any more`);
  if (values.every((v) => v === step.to)) return { outcome: "alreadyThere" };
  const other = values.find((v) => v !== step.from && v !== step.to);
  if (other !== undefined) {
    return refused(
      `${step.place.field} is ${other} now, and the decision made it ${step.from}: somebody changed it since`,
    );
  }
  const answer = await put(cluster, path, live, step, dryRun);
  if (answer.status < 300) return { outcome: "done" };
  return refused(reasonOf(answer));
}

async function put(
  cluster: Cluster,
  path: string,
  live: Record<string, unknown>,
  { place, to }: RevertStep,
  dryRun: boolean,
) {
  const all = (live.metadata as { managedFields?: readonly ManagedFields[] }).managedFields ?? [];
  const owners = all.filter((m) => m.operation === "Apply" && (m.subresource ?? "") === "");
  const applied = owners
    .map(({ manager = "" }) => ({ manager, fields: appliedBy(live, manager) }))
    .find(({ fields }) => fields !== undefined && valuesAt(fields, place.field).length > 0);
  const query = dryRun ? { dryRun: "All" } : undefined;
  if (applied?.fields !== undefined) {
    return await ask(cluster, {
      method: "PATCH",
      path,
      contentType: "application/apply-patch+yaml",
      query: { ...query, fieldManager: applied.manager },
      body: withValueAt(applied.fields, place.field, to),
    });
  }
  // Applied on the client's side: the object as it is, with the value and its resource version.
  const manager = all.find((m) => m.operation === "Update" && m.manager?.startsWith("pulumi"))?.manager;
  return await ask(cluster, {
    method: "PUT",
    path,
    query: { ...query, fieldManager: manager ?? "firebreak-revert" },
    body: withValueAt(live, place.field, to),
  });
}

const refused = (reason: string): RevertOutcome => ({ outcome: "refused", reason });
