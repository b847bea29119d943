import { isTarget, type TargetName } from "../planner/targetOf.js";
import type { Hold, Refusal } from "../planner/types.js";
import { ignoredBy, type Options, optionHold, placesOf } from "./holds.js";
import { numberAt, withNumber } from "./placeValue.js";
import { writePropertyPath } from "./propertyPath.js";
import { withValue } from "./propertyValue.js";
import type { StackChange } from "./stackChange.js";
import { type Place, type Props, type TargetKind, targetKinds, type ValueChange } from "./targets/index.js";

export type { Options } from "./holds.js";
export { isOutput } from "./propertyValue.js";
export type { StackChange } from "./stackChange.js";
export type { Props } from "./targets/index.js";

/** A service whose replicas the planner left to another owner. */
export interface LeftAlone {
  readonly service: string;
  readonly target: TargetName;
}

/** What is in force on the stack, as seen by one resource. */
export interface View {
  readonly project: string;
  readonly stack: string;
  readonly changes: readonly StackChange[];
  readonly leftAlone: readonly LeftAlone[];
  /** URN that the resource will have, where its parent's is known. */
  readonly urn?: string;
  /** Why the live object must be left alone, or null. */
  readonly owner: Hold | null;
  /** Unix seconds; without it an opt-out for a time holds. */
  readonly now?: number;
}

/** `props` is the very object that was given wherever nothing is applied. */
export interface DecidedProps {
  readonly props: Props;
  /** Property paths to add to the resource's `ignoreChanges`, so that the user's own change is not in conflict. */
  readonly ignoreChanges?: readonly string[];
  readonly applied: readonly StackChange[];
  readonly refused: readonly Refusal[];
}

/**
 * Decides the inputs of one resource. Replicas are raised to what the decision says, never lowered; a weight is set
 * where the program writes what it wrote at plan time. Either is left alone, with a reason, where the program, its
 * options or another owner says so. Pure: known values are plain, an Output (secret or unknown) is a value that is not known.
 *
 * Where another field manager owns the live value, even the program's own would be a conflict and keep every other
 * change of the resource from being deployed (server-side apply); so the property is then ignored.
 */
export function decideProps(type: string, name: string, props: Props, opts: Options, view: View): DecidedProps {
  let decided = props;
  const applied: StackChange[] = [];
  const refused: Refusal[] = [];
  const ignored: string[] = [];
  for (const kind of targetKinds.filter((k) => k.types.test(type))) {
    const changes = changesFor(kind, type, name, view);
    for (const change of changes) {
      const result = carryOut(kind, change, decided, opts, view);
      if ("props" in result) {
        decided = result.props;
        applied.push(change);
        continue;
      }
      refused.push({
        kind: change.kind,
        service: change.service,
        ...(change.kind === "dnsWeight" && { backend: change.backend }),
        from: change.from,
        to: change.to,
        ...result.hold,
      });
      const part = change.kind === "dnsWeight" ? change.backend : undefined;
      if (result.hold === view.owner) ignored.push(...ownedPaths(kind, props, opts, view.owner, part));
    }
    const left = view.leftAlone.find((l) => isFor(l.target, type, name, view));
    const owned = left && changes.length === 0 ? ownedPaths(kind, props, opts, view.owner) : [];
    if (left && view.owner && owned.length > 0) {
      refused.push({ kind: kind.change, service: left.service, ...view.owner });
      ignored.push(...owned);
    }
  }
  return { props: decided, applied, refused, ...(ignored.length > 0 && { ignoreChanges: [...new Set(ignored)] }) };
}

/** Whether the view says anything about the resource, so that its live owner is worth asking for. */
export function isConcerned(type: string, name: string, view: Omit<View, "owner">): boolean {
  return targetKinds.some(
    (kind) =>
      kind.types.test(type) &&
      (changesFor(kind, type, name, view).length > 0 || view.leftAlone.some((l) => isFor(l.target, type, name, view))),
  );
}

/** The inputs with the change carried out, or why it is not. */
function carryOut(
  kind: TargetKind,
  change: ValueChange,
  props: Props,
  opts: Options,
  view: View,
): { readonly props: Props } | { readonly hold: Hold } {
  const places = placesOf(kind, props, opts, partOf(change));
  const now = view.now ?? Number.NEGATIVE_INFINITY;
  const hold = optionHold(kind, props, opts, places, now) ?? view.owner ?? valueHold(places, props, change);
  if (hold) return { hold };
  const extra = (kind.alsoWrites?.(props, change as never) ?? []).filter(
    ({ path }) => ignoredBy(opts, path) === undefined,
  );
  const written = places.reduce((into, place) => withNumber(into, place, numberFor(change, into, place)), props);
  const veto = kind.veto?.(written, change as never);
  if (veto) return { hold: veto };
  return { props: extra.reduce((into, { path, value }) => withValue(into, path, value), written) };
}

/** Replicas are never lowered in any place that says how many there are. */
function numberFor(change: ValueChange, props: Props, place: Place): number {
  return change.kind === "replicas" ? Math.max(change.to, numberAt(props, place) ?? 0) : change.to;
}

/** The changes that this resource carries out, one for each of its parts. */
function changesFor(kind: TargetKind, type: string, name: string, view: Omit<View, "owner">): readonly ValueChange[] {
  const fits = view.changes.filter(
    (c): c is ValueChange => c.kind === kind.change && isFor(c.target, type, name, view),
  );
  const parts = [...new Set(fits.map(partOf))];
  return parts
    .map((part) =>
      chosen(
        fits.filter((c) => partOf(c) === part),
        view,
      ),
    )
    .filter((c) => c !== undefined);
}

/** Same-named resources under different parents are told apart by URN; else a new parent does not lose the change. */
function chosen(fits: readonly ValueChange[], view: Omit<View, "owner">): ValueChange | undefined {
  const exact = fits.filter((c) => c.target.urn === undefined || c.target.urn === view.urn);
  const urns = new Set(fits.map((c) => c.target.urn));
  return (urns.size > 1 ? exact : fits).reduce<ValueChange | undefined>(
    (highest, c) => (highest && highest.to >= c.to ? highest : c),
    undefined,
  );
}

function partOf(change: ValueChange): string | undefined {
  return change.kind === "dnsWeight" ? change.backend : undefined;
}

function isFor(target: TargetName, type: string, name: string, { project, stack }: Omit<View, "owner">): boolean {
  return isTarget(target, { type, name, project, stack });
}

/**
 * What to ignore where another owns the live value: the number alone. Of a weight, the rest of its list is the user's own,
 * whose change must not be dropped without a word.
 */
function ownedPaths(kind: TargetKind, props: Props, opts: Options, owner: Hold | null, part?: string): string[] {
  if (owner?.reason !== "ownedByOther" || (kind.change === "dnsWeight" && part === undefined)) return [];
  const places = kind.placesIn(props, part).filter(({ path }) => ignoredBy(opts, path) === undefined);
  return places.map(({ path }) => writePropertyPath(path));
}

function valueHold(places: readonly Place[], props: Props, change: ValueChange): Hold | null {
  if (places.length === 0) {
    const what = change.kind === "dnsWeight" ? `no weight of ${change.backend} among others` : "no number of replicas";
    return { reason: "noTarget", detail: `the program writes ${what}` };
  }
  for (const [i, place] of places.entries()) {
    const written = numberAt(props, place);
    const path = place.path.join(".");
    if (written === null) return { reason: "unknownValue", detail: `${path} is not known yet` };
    // Of several places for one number the first says it; a minimum of 0 below it switches nothing off.
    if (written === 0 && (i === 0 || change.kind !== "replicas"))
      return { reason: "optedOut", detail: `the program switches it off (${path} is 0)` };
  }
  const written = places.map((place) => numberAt(props, place) ?? 0);
  if (change.kind === "replicas") {
    const [number = 0] = written;
    return number >= change.to
      ? { reason: "alreadySatisfied", detail: `the program writes ${number} replicas already` }
      : null;
  }
  if (written.every((weight) => weight === change.to)) {
    return { reason: "alreadySatisfied", detail: `the program writes weight ${change.to} already` };
  }
  const other = written.find((weight) => weight !== change.from);
  if (other === undefined) return null;
  return {
    reason: "expired",
    detail: `the program writes weight ${other} now, and wrote ${change.from} when it was planned`,
  };
}
