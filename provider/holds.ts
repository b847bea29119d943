import { annotationNames, readOptOut } from "../planner/optOut.js";
import type { Hold } from "../planner/types.js";
import { coversPath } from "./propertyPath.js";
import { isUnread, valueAt } from "./propertyValue.js";
import type { Place, Props, TargetKind } from "./targets/index.js";

/** The options of a resource that bear on its changes. */
export interface Options {
  /** Of the resource and of its parents. */
  readonly ignoreChanges?: readonly string[];
  readonly protect?: boolean;
}

/** The places of a change that the program does not ignore: the optional ones may go missing, not all of them. */
export function placesOf(kind: TargetKind, props: Props, opts: Options, part?: string): readonly Place[] {
  const places = kind.placesIn(props, part);
  const kept = places.filter((place) => !place.optional || ignoredBy(opts, place.path) === undefined);
  return kept.length > 0 ? kept : places;
}

/**
 * Why a resource must be left alone by what its type, its annotations or tags, and its options say, or null. The same
 * for a resource as a program writes it and as the state holds it.
 * @param now unix seconds
 */
export function optionHold(
  kind: TargetKind,
  props: Props,
  opts: Options,
  places: readonly Place[],
  now: number,
): Hold | null {
  if (kind.hold) return kind.hold;
  const optOut = optOutHold(kind.notesIn(props), now);
  if (optOut) return optOut;
  if (opts.protect === true) return { reason: "protected", detail: "is protected in the program (protect: true)" };
  const pattern = places.map(({ path }) => ignoredBy(opts, path)).find((found) => found !== undefined);
  return pattern === undefined
    ? null
    : { reason: "ignoreChanges", detail: `the program ignores changes of ${pattern}` };
}

/** The entry of `ignoreChanges` that names a property or something around it. */
export function ignoredBy(opts: Options, path: readonly string[]): string | undefined {
  return opts.ignoreChanges?.find((pattern) => coversPath(pattern, path));
}

/** Whether annotations or tags keep Firebreak away at `now`; what cannot be read may do so. */
export function optOutHold(notes: unknown, now: number): Hold | null {
  const known: Record<string, string> = {};
  for (const name of [annotationNames.ignore, annotationNames.ignoreUntil]) {
    const value = valueAt(notes, [name]);
    if (isUnread(value)) return { reason: "unknownValue", detail: `whether it carries ${name} is not known yet` };
    if (value !== undefined && value !== null) known[name] = String(value);
  }
  return readOptOut(known, now);
}
