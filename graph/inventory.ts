import { z } from "zod";
import { throwProblems } from "../input/problems.js";
import { readAs } from "../input/schema.js";
import { amount, id, instanceId, probability } from "./fields.js";
import { findInventoryProblems } from "./inventoryProblems.js";
import { sortBy } from "./order.js";
import type { Inventory } from "./types.js";

const addresses = z.array(id, "expected a list of addresses").default([]);
const cpu = amount("a number of cores").optional();
const memory = amount("a number of bytes").optional();
const bandwidth = amount("a number of bits per second").optional();
const failures = amount("a number of failures").optional();
const watched = amount("a number of seconds").optional();
const replicas = z.int("expected a number of replicas, 0 or more").min(0, "expected a number of replicas, 0 or more");

/** A time as people write it (ISO 8601), or unix seconds; read as unix seconds. */
const time = z
  .union([z.string(), z.number()], "expected a time such as 2026-11-25T10:00:00Z")
  .transform((value, context) => {
    const seconds = typeof value === "number" ? value : Date.parse(value) / 1000;
    if (!Number.isFinite(seconds)) {
      context.addIssue({ code: "custom", message: "expected a time such as 2026-11-25T10:00:00Z" });
    }
    return seconds;
  });
const held = z
  .array(
    z
      .strictObject({ address: id, from: time.optional(), to: time.optional() }, "expected { address, from, to }")
      .refine(
        ({ from, to }) => from === undefined || to === undefined || from < to,
        "ends before it begins; correct from or to",
      ),
    "expected a list of addresses with the time they were held",
  )
  .optional();

const labels = z.record(z.string(), z.string("expected text"), "expected labels such as { disk: ssd }").optional();
const requirement = z.strictObject(
  {
    key: id,
    operator: z.enum(
      ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"],
      "expected In, NotIn, Exists, DoesNotExist, Gt or Lt",
    ),
    values: z.array(z.string("expected text"), "expected a list of values").optional(),
  },
  "expected { key, operator, values }",
);
const toleration = z.strictObject(
  {
    key: id.optional(),
    operator: z.enum(["Equal", "Exists"], "expected Equal or Exists").optional(),
    value: z.string("expected text").optional(),
    effect: id.optional(),
  },
  "expected { key, operator, value, effect }",
);
const taint = z.strictObject(
  {
    key: id,
    value: z.string("expected text").optional(),
    effect: z.enum(["NoSchedule", "NoExecute"], "expected NoSchedule or NoExecute"),
  },
  "expected { key, value, effect }",
);

const instance = z.strictObject(
  {
    id: instanceId,
    service: id,
    addresses,
    tier: id.optional(),
    criticality: amount("a weight").optional(),
    host: id.optional(),
    zone: id.optional(),
    cpu,
    memory,
    storage: amount("a number of bytes").optional(),
    bandwidth,
    capacity: amount("a number in the service's unit").optional(),
    prior: probability.optional(),
    held,
    failures,
    watched,
    namespace: id.optional(),
    uid: id.optional(),
    backends: z.array(id, "expected a list of names").optional(),
    machine: z.strictObject({ instanceType: id, platform: id }, "expected { instanceType, platform }").optional(),
  },
  "expected an instance such as { id, service, addresses }",
);

const service = z.strictObject(
  {
    id,
    addresses,
    held,
    load: amount("a number in the service's unit").optional(),
    reserved: amount("a number in the service's unit").optional(),
    collapse: probability.optional(),
    urn: id.optional(),
    failures,
    watched,
    autoscaler: z
      .strictObject({ min: replicas, max: replicas }, "expected { min, max }")
      .refine(({ min, max }) => min <= max, "has a min above its max; correct one of them")
      .optional(),
    disruptionBudget: z.strictObject({ minAvailable: replicas }, "expected { minAvailable }").optional(),
    maxSurge: replicas.optional(),
    nodeSelector: labels,
    nodeAffinity: z.array(z.array(requirement), "expected a list of lists of { key, operator, values }").optional(),
    tolerations: z.array(toleration, "expected a list of { key, operator, value, effect }").optional(),
    apart: z.enum(["host", "zone"], "expected host or zone").optional(),
  },
  "expected a service such as { id, addresses }",
);

const domain = z.strictObject(
  {
    kind: z.enum(["host", "zone"], "expected host or zone"),
    id,
    zone: id.optional(),
    prior: probability.optional(),
    cpu,
    memory,
    bandwidth,
    labels,
    taints: z.array(taint, "expected a list of { key, value, effect }").optional(),
    unschedulable: z.boolean("expected true or false").optional(),
  },
  "expected a host or zone such as { kind, id, zone }",
);

const quota = z.strictObject(
  { namespace: id, cpu, memory, pods: amount("a number of pods").optional() },
  "expected what a quota leaves, such as { namespace, cpu, memory, pods }",
);

const schema = z.strictObject(
  {
    instances: z.array(instance, "expected a list of instances").default([]),
    services: z.array(service, "expected a list of services").default([]),
    domains: z.array(domain, "expected a list of hosts and zones").default([]),
    quotas: z.array(quota, "expected a list of what quotas leave").optional(),
  },
  "expected an inventory: an object with instances, services and domains",
);

/**
 * Reads an inventory (`docs/topology.md`). Every list may be left out; the result is sorted by id.
 * @param value parsed JSON or YAML
 * @param source what was read, for the message
 * @throws InputError with every problem found: structure first, then meaning
 */
export function readInventory(value: unknown, source = "inventory"): Inventory {
  const written: Inventory = readAs(schema, value, source);
  throwProblems(source, findInventoryProblems(written));
  return {
    instances: sortBy(written.instances, (i) => i.id),
    services: sortBy(written.services, (s) => s.id),
    domains: sortBy(
      written.domains,
      (d) => d.kind,
      (d) => d.id,
    ),
    ...(written.quotas && { quotas: sortBy(written.quotas, (q) => q.namespace) }),
  };
}
