import type { RefusalReason } from "../planner/types.js";
import { type Answer, ask, type Cluster, reasonOf } from "./cluster.js";
import { isPulumi } from "./fieldOwners.js";
import { apiOf, type LiveObject, type ObjectRef, pathOf } from "./liveObject.js";
import { withNumber } from "./placeValue.js";
import { valueAt, withValue } from "./propertyValue.js";
import type { Place, Props } from "./targets/index.js";

/** Why the API server would not take a change. */
export interface DryRunRefusal {
  readonly reason: RefusalReason | "forbidden" | "rejected";
  readonly detail: string;
}

/**
 * Applies a number to the places of a live object as a dry run: first without force, where every owner but Pulumi counts
 * as a conflict, then with force, so that validation and admission judge the change as Pulumi will send it.
 * @param field what the places are called, for people
 * @throws UnreachableError
 */
export async function dryRunNumber(
  cluster: Cluster,
  ref: ObjectRef,
  live: LiveObject,
  places: readonly Place[],
  to: number,
  field: string,
): Promise<DryRunRefusal | null> {
  const { name, namespace } = live.metadata;
  const body = { ...apiOf(ref), metadata: { name, namespace }, ...partOf(live, places, to) };
  const first = await dryRunApply(cluster, pathOf(ref) ?? "", body, false);
  const foreign = conflictsOf(first).filter((manager) => !isPulumi(manager));
  if (foreign.length > 0) {
    return { reason: "ownedByOther", detail: `${field} is owned by ${[...new Set(foreign)].join(", ")}` };
  }
  const answer = first.status === 409 ? await dryRunApply(cluster, pathOf(ref) ?? "", body, true) : first;
  return refusalOf(answer);
}

/** Server-side apply of an object that is not written (`dryRun=All`). @throws UnreachableError */
export function dryRunApply(cluster: Cluster, path: string, body: unknown, force: boolean): Promise<Answer> {
  return ask(cluster, {
    method: "PATCH",
    path,
    query: { fieldManager: "firebreak-preflight", dryRun: "All", force: String(force) },
    contentType: "application/apply-patch+yaml",
    body,
  });
}

/** What a refused dry run says, or null for one that was taken. */
export function refusalOf(answer: Answer): DryRunRefusal | null {
  if (answer.status < 300) return null;
  return { reason: answer.status === 403 ? "forbidden" : "rejected", detail: reasonOf(answer) };
}

/** The least of an object that holds the places with their new number: of a list always the whole, as others own it so. */
function partOf(live: LiveObject, places: readonly Place[], to: number): Props {
  const object = live as unknown as Props;
  const written = places.reduce((into, place) => withNumber(into, place, to), object);
  return places.reduce<Props>((part, { path }) => {
    const index = path.findIndex((key) => /^\d+$/.test(key));
    const root = index < 0 ? path : path.slice(0, index);
    return withValue(part, root, valueAt(written, root));
  }, {});
}

/** Managers that a refused server-side apply names, such as `kubectl`. */
function conflictsOf({ status, body }: Answer): string[] {
  if (status !== 409) return [];
  const details = (body as { details?: { causes?: readonly { reason?: string; message?: string }[] } }).details;
  return (details?.causes ?? [])
    .filter((cause) => cause.reason === "FieldManagerConflict")
    .map((cause) => /conflict with "([^"]+)"/.exec(cause.message ?? "")?.[1] ?? "an unnamed manager");
}
