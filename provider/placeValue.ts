import { type Options, placesOf } from "./holds.js";
import { valueAt, withValue } from "./propertyValue.js";
import type { Place, Props, TargetKind } from "./targets/target.js";

/** The number at a place, its default where it is left out, or null where it is not known. */
export function numberAt(props: unknown, { path, byDefault, as }: Place): number | null {
  const value = valueAt(props, path) ?? byDefault;
  const number = as === "text" && typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

/** The inputs with another number at a place. */
export function withNumber(props: Props, { path, as }: Place, to: number): Props {
  return withValue(props, path, as === "text" ? String(to) : to);
}

/**
 * The number that inputs hold for a change, which may stand in several places: of replicas the first place that the
 * program does not ignore says it, of a weight the least is it. Null where one is not known, undefined without a place.
 */
export function numberIn(kind: TargetKind, props: Props, part?: string, opts: Options = {}): number | null | undefined {
  const numbers = placesOf(kind, props, opts, part).map((place) => numberAt(props, place));
  if (kind.change === "replicas" || numbers.length === 0) return numbers[0];
  return numbers.reduce<number | null>(
    (least, n) => (n === null || least === null ? null : Math.min(least, n)),
    Infinity,
  );
}

/** A number as the live object has it, for the audit log: what puts it back compares it with that. */
export function asWritten({ as }: TargetKind, number: number | string): number | string {
  return as === "text" ? String(number) : number;
}
