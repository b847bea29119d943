import { z } from "zod";

const text = z.string("expected text");
const probability = z.number("expected a number from 0 to 1").min(0, "expected 0 or more").max(1, "expected 1 or less");
const amount = z.number("expected a number of 0 or more").min(0, "expected 0 or more");
const count = z.int("expected a whole number of 0 or more").min(0, "expected 0 or more");
const time = z.iso.datetime("expected a time such as 2026-12-24T00:00:00.000Z");
const hash = z.string("expected a hash").regex(/^sha256:[0-9a-f]{64}$/, "expected sha256: and 64 hexadecimal digits");
const risk = z.strictObject({ risk: probability, riskLow: probability, riskHigh: probability }, "expected a risk");
const targetRef = z.strictObject({ type: text, name: text, urn: text.optional() }, "expected a target");
const verdict = z.enum(["pass", "fail", "unknown"], "expected pass, fail or unknown");

const refusalReason = z.enum(
  [
    "ownedByOther",
    "ignoreChanges",
    "optedOut",
    "protected",
    "identityBound",
    "noTarget",
    "unknownValue",
    "noRoom",
    "noHealthyZone",
    "changesPerRun",
    "migrationsPerHour",
    "costPerDay",
    "coolDown",
    "freeze",
    "killSwitch",
    "maxReplicas",
    "singleInstanceOnly",
    "alreadySatisfied",
    "expired",
    "shareTouched",
    "disruptionBudget",
    "quota",
    "notSchedulable",
    "maxSurge",
    "lastHealthyTarget",
    "leaseHeld",
    "gone",
    "notReady",
    "notSupported",
  ],
  "expected the name of a refusal",
);

/** Every kind of change, in the order in which a decision lists them. */
export const changeKinds = ["replicas", "reservation", "dnsWeight", "migration"] as const;

const slot = z.strictObject(
  {
    cpu: amount,
    memory: amount,
    capacity: amount,
    zones: z.array(text),
    machine: z
      .strictObject({ instanceType: text, platform: text, running: z.record(text, count).optional() })
      .optional(),
  },
  "expected a slot",
);

const change = {
  service: text,
  target: targetRef,
  reason: text,
  path: z.array(text),
  owner: text.nullable(),
  riskWithout: probability,
  costPerDay: amount,
  expiresAt: time,
  neededAt: time.optional(),
};

/** The structure of `firebreak.decision/v1`; every object is strict, so that nothing unread slips by. */
export const decisionSchema = z.strictObject(
  {
    schema: z.literal("firebreak.decision/v1", "expected firebreak.decision/v1; this version reads no other"),
    id: hash,
    createdAt: time,
    boundTo: z.strictObject({
      project: text,
      stack: text,
      clusterUid: text.optional(),
      awsAccount: text.optional(),
      awsRegion: text.optional(),
    }),
    threshold: probability,
    maxAge: amount,
    failMode: z.enum(["hold", "closed", "off"], "expected hold, closed or off"),
    unknown: z.enum(["fail", "warn"], "expected fail or warn"),
    data: z.strictObject({
      from: time.nullable(),
      to: time.nullable(),
      rows: count.nullable(),
      graphHash: hash,
    }),
    model: z.strictObject({ version: text, horizon: amount, utilisationLimit: amount }),
    seed: count,
    worlds: count,
    instances: z.array(
      z.strictObject({
        id: text,
        service: text,
        before: risk,
        after: risk.nullable(),
        added: z.boolean("expected true or false").optional(),
      }),
    ),
    verdicts: z.array(
      z.strictObject({
        service: text,
        target: targetRef.nullable(),
        written: count.optional(),
        asWritten: verdict,
        withChanges: verdict,
        reason: text,
      }),
    ),
    changes: z.array(
      z.discriminatedUnion(
        "kind",
        [
          z.strictObject({ kind: z.literal("replicas"), ...change, from: count, to: count }),
          z.strictObject({ kind: z.literal("reservation"), ...change, from: count, to: count, slot }),
          z.strictObject({ kind: z.literal("dnsWeight"), ...change, backend: text, from: count, to: count }),
          z.strictObject({
            kind: z.literal("migration"),
            ...change,
            instance: text,
            from: text,
            to: text,
            fromZone: text.optional(),
            toZone: text.optional(),
            namespace: text.optional(),
            uid: text.optional(),
          }),
        ],
        `expected kind ${changeKinds.join(", ")}`,
      ),
    ),
    refusals: z.array(
      z.strictObject({
        kind: z.enum(changeKinds, `expected ${changeKinds.join(", ")}`),
        service: text,
        instance: text.optional(),
        backend: text.optional(),
        from: z.union([count, text]).optional(),
        to: z.union([count, text]).optional(),
        reason: refusalReason,
        detail: text,
      }),
    ),
    warnings: z.array(text),
  },
  "expected a decision: a JSON object that `firebreak plan` wrote",
);
