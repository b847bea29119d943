import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { InputError, type Problem } from "../input/problems.js";
import { readAs } from "../input/schema.js";
import { decisionSchema } from "./decisionSchema.js";
import type { Binding, Change, Decision } from "./types.js";

/**
 * The bytes that are hashed: RFC 8785 (JSON Canonicalization Scheme) of the decision without its `id`.
 * Fields that are undefined are left out, as JSON does.
 */
export function canonicalForm(decision: Omit<Decision, "id"> & { readonly id?: string }): string {
  const { id: _id, ...rest } = decision;
  return canonicalize(rest) ?? "";
}

/** `sha256:` and the hexadecimal hash of the canonical form: equal decisions have equal ids. */
export function idOf(decision: Omit<Decision, "id"> & { readonly id?: string }): string {
  return `sha256:${createHash("sha256").update(canonicalForm(decision), "utf8").digest("hex")}`;
}

/** The decision with its id set. */
export function sealed(decision: Omit<Decision, "id">): Decision {
  return { ...decision, id: idOf(decision) };
}

/**
 * Reads a decision and makes sure that nobody changed it.
 * @param value parsed JSON
 * @param source what was read, for the message
 * @throws InputError for a wrong structure, or an `id` that is not the hash of the rest
 */
export function readDecision(value: unknown, source = "decision"): Decision {
  const decision: Decision = readAs(decisionSchema, value, source);
  const expected = idOf(decision);
  if (decision.id !== expected) {
    throw new InputError(source, [
      {
        place: "id",
        message: `${decision.id} is not the hash of the content, ${expected}: it was changed after planning; run \`firebreak plan\` again`,
      },
    ]);
  }
  return decision;
}

/** Whether a decision may still be acted on, at `now` in unix seconds: `stale` past its `maxAge`. */
export function judgeAge(decision: Pick<Decision, "createdAt" | "maxAge">, now: number): "fresh" | "stale" {
  return now - Date.parse(decision.createdAt) / 1000 > decision.maxAge ? "stale" : "fresh";
}

/**
 * Compares where a decision belongs with where it is about to be used. A part that either side does not know is not
 * compared; the decision always knows project and stack.
 * @returns one problem per part that differs; empty where the decision may be used
 */
export function checkBinding(decision: Pick<Decision, "boundTo">, here: Partial<Binding>): Problem[] {
  const parts = ["project", "stack", "clusterUid", "awsAccount", "awsRegion"] as const;
  return parts.flatMap((part) => {
    const [bound, found] = [decision.boundTo[part], here[part]];
    if (bound === undefined || found === undefined || bound === found) return [];
    const message = `the decision is for ${bound}, this is ${found}; run \`firebreak plan\` for this one`;
    return [{ place: `boundTo.${part}`, message }];
  });
}

/** A change in force, as far as withdrawal is concerned. */
export interface AppliedChange {
  readonly kind: Change["kind"];
  readonly service: string;
  readonly from: number | string;
  readonly to: number | string;
}

/**
 * A change once applied is withdrawn one replica, or one slot, at a time. Compares what was last applied with what comes
 * next.
 * @param next the next decision's changes; empty where there is no next decision
 * @param written replicas that the program asks for now, where known: a change that is gone leaves this many
 * @returns one problem for each service that would lose more than one replica, or slot, at once
 */
export function judgeWithdrawal(
  applied: readonly AppliedChange[],
  next: readonly AppliedChange[],
  written: ReadonlyMap<string, number> = new Map(),
): Problem[] {
  return applied.flatMap((change) => {
    if (change.kind !== "replicas" && change.kind !== "reservation") return [];
    const follower = next.find((c) => c.kind === change.kind && c.service === change.service);
    const left = change.kind === "replicas" ? written.get(change.service) : undefined;
    const after = Number(follower?.to ?? left ?? change.from);
    const before = Number(change.to);
    if (before - after <= 1) return [];
    const what = follower
      ? `the decision asks for ${after}`
      : `the decision has no change of it, which leaves ${after}`;
    const things = change.kind === "replicas" ? "replicas" : "reserved slots";
    return [
      {
        place: change.service,
        message: `${before} ${things} are in force and ${what}: ${things} are withdrawn one at a time; run \`firebreak plan\` against this stack`,
      },
    ];
  });
}
