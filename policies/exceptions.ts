import { z } from "zod";
import type { Problem } from "../input/problems.js";
import { namePattern } from "./namePattern.js";
import { rules } from "./rules/index.js";
import type { Exception, PlannedResource, PlannedStack } from "./types.js";
import { isHiddenValue, valueIn } from "./values.js";

/** The annotation of a Kubernetes object that lets findings on it through: a JSON list without `target`. */
export const exceptAnnotation = "firebreak.dev/except";

/** How an exception names what belongs to no resource. */
export const stackTarget = "(stack)";

/** Seconds before its expiry from which an exception is warned about. */
export const noticePeriod = 14 * 86_400;

/** The rule that expired exceptions break; it has no judgement of its own, and no exception. */
export const exceptionExpired = {
  id: "exception-expired",
  title: "No exception is past its expiry",
  rationale:
    "An exception is a promise to mend something by a day. Past it the risk stands, and nobody looks at it any more.",
  remedy: "Mend what it lets through and remove it, or decide anew until when it holds.",
  severity: "high",
  level: "mandatory",
} as const;

const ids = rules.map(({ id }) => id);
const filled = z.string("expected text").trim().min(1, "expected text that is not empty");
const expiry = z
  .string("expected a date such as 2026-12-31")
  .refine(
    (text) => !Number.isNaN(endOf(text)),
    "expected a date such as 2026-12-31, or a time such as 2026-12-31T12:00:00Z",
  );
const fields = {
  rule: z.enum(ids as [string, ...string[]], `expected a rule: ${ids.join(", ")}`),
  reason: filled,
  owner: filled,
  expires: expiry,
};
const onResource = z.array(z.strictObject(fields), "expected a list");

/** One exception in `firebreak.yaml` or a baseline file; all fields are needed. */
export const exceptionSchema = z.strictObject({ target: filled, ...fields });

/**
 * The exceptions that resources carry in their annotation.
 * @returns what was found, with a problem for each annotation that is none; one that is secret or unknown is a warning
 */
export function annotatedExceptions(stack: PlannedStack): {
  readonly exceptions: readonly Exception[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
} {
  const exceptions: Exception[] = [];
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const { address, after, before } of stack.resources) {
    const text = valueIn(after ?? before, ["metadata", "annotations", exceptAnnotation]);
    if (text === undefined || text === null) continue;
    const place = `${address}: ${exceptAnnotation}`;
    if (isHiddenValue(text)) {
      // Where all annotations are hidden nobody knows whether this one is among them.
      const annotations = valueIn(after ?? before, ["metadata", "annotations"]);
      if (!isHiddenValue(annotations))
        warnings.push(`${place}: is secret or not known yet, so it lets nothing through`);
      continue;
    }
    const parsed = onResource.safeParse(parsedJson(text));
    if (parsed.success) {
      exceptions.push(...parsed.data.map((e) => ({ ...e, target: literalTarget(address), from: place })));
      continue;
    }
    for (const { path, message } of parsed.error.issues) {
      problems.push({ place: [place, ...path.map(String)].join("."), message: `${message}; correct the annotation` });
    }
  }
  return { exceptions, problems, warnings };
}

function parsedJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Unix seconds up to which an exception holds: a date without a time holds to its end, in UTC. NaN for no date. */
export function endOf(expires: string): number {
  const day = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.exec(expires);
  if (!day?.[1]) return Number.NaN;
  const start = new Date(`${day[1]}T00:00:00Z`);
  // The engine takes 31 February for a day in March.
  if (Number.isNaN(start.getTime()) || start.toISOString().slice(0, 10) !== day[1]) return Number.NaN;
  return day[2] === undefined ? start.getTime() / 1000 + 86_400 : Date.parse(expires) / 1000;
}

export type ExceptionState = "inForce" | "expiring" | "expired";

/** @param now Unix seconds */
export function stateOf({ expires }: Exception, now: number): ExceptionState {
  const left = endOf(expires) - now;
  // What is no date never lets anything through.
  if (!(left > 0)) return "expired";
  return left <= noticePeriod ? "expiring" : "inForce";
}

/** What a target may name: a resource, or the stack where it is null. */
type Named = Pick<PlannedResource, "address" | "name"> | null;

/** Whether a target, an address, a name or a pattern of either with `*`, is what is named. */
export function targetMatcher(target: string): (named: Named) => boolean {
  if (target === stackTarget) return (named) => named === null;
  const matches = namePattern(target);
  return (named) => named !== null && (matches(named.address) || matches(named.name));
}

/** Finds the first of many exceptions that lets a rule's finding through; quick for those that name one target. */
export function exceptionFinder(
  exceptions: readonly Exception[],
): (rule: string, named: Named) => Exception | undefined {
  const single = new Map<string, Exception>();
  const patterns: { readonly exception: Exception; readonly matches: (named: Named) => boolean }[] = [];
  const key = (rule: string, target: string) => JSON.stringify([rule, target]);
  for (const exception of exceptions) {
    const { rule, target } = exception;
    if (/(?<!\\)\*/.test(target)) patterns.push({ exception, matches: targetMatcher(target) });
    else {
      const literal = key(rule, target.replaceAll("\\*", "*"));
      if (!single.has(literal)) single.set(literal, exception);
    }
  }
  return (rule, named) =>
    single.get(key(rule, named?.address ?? stackTarget)) ??
    (named && single.get(key(rule, named.name))) ??
    patterns.find(({ exception, matches }) => exception.rule === rule && matches(named))?.exception;
}

/** A target that means this address alone. */
export function literalTarget(address: string): string {
  return address.replaceAll("*", "\\*");
}
