import { sortBy } from "../../graph/order.js";
import { type Problem, throwProblems } from "../../input/problems.js";
import type { Operation, PlannedResource, PlannedStack } from "../types.js";
import { parseUrn, type Urn } from "../urn.js";
import { type PropertyMap, unknownValue } from "../values.js";
import { oneStack } from "./oneStack.js";
import { kindOfValue, objectOf, readPlanDocument } from "./planDocument.js";
import { coverPulumi } from "./pulumiValue.js";

/**
 * Reads a plan file of `pulumi preview --save-plan`. It holds what resources will put out and which inputs change, not
 * what changed inputs were: those are `unknownValue` before, and a deleted resource has no `before` at all.
 * @throws InputError with every problem; none shows a value
 */
export function readPulumiPlan(bytes: Buffer, source: string): PlannedStack {
  const resources: PlannedResource[] = [];
  const urns = new Map<string, Urn>();
  const problems: Problem[] = [];
  const document = readPlanDocument(bytes, source, "pulumiPlan", {
    resourcePlans: (plan, key) => {
      const place = `resourcePlans[${JSON.stringify(key)}]`;
      const urn = parseUrn(String(key));
      if (urn === null) problems.push({ place, message: "is no URN; save the plan again" });
      else if (urns.has(String(key))) problems.push({ place, message: "is there twice; save the plan again" });
      else {
        urns.set(String(key), urn);
        resources.push(...resourceOf(String(key), urn, plan, place, problems));
      }
    },
  });
  if (objectOf(document.resourcePlans) === undefined) {
    const message = `is ${kindOfValue(document.resourcePlans)}, expected an object; save the plan again`;
    problems.push({ place: "resourcePlans", message });
  }
  throwProblems(source, problems);
  const deleted = resources.filter(({ operation }) => operation === "delete").length;
  return {
    source: "pulumi",
    ...oneStack([...urns.values()], source),
    resources: sortBy(resources, ({ address }) => address),
    warnings:
      deleted === 0
        ? []
        : [`the plan file does not hold what the ${deleted} resources that it deletes were; give the preview itself`],
  };
}

function resourceOf(address: string, urn: Urn, value: unknown, place: string, problems: Problem[]): PlannedResource[] {
  const expected = (at: string, what: string, found: unknown): PlannedResource[] => {
    problems.push({
      place: `${place}${at}`,
      message: `is ${kindOfValue(found)}, expected ${what}; save the plan again`,
    });
    return [];
  };
  const plan = objectOf(value);
  if (plan === undefined) return expected("", "an object", value);
  const { steps, goal, state } = plan;
  if (!Array.isArray(steps)) return expected(".steps", "a list", steps);
  const operation = operationOf(steps);
  if (operation === undefined) return [];
  const shared = { address, type: urn.type, name: urn.name, operation };
  if (operation === "delete") return [shared];
  const aim = objectOf(goal);
  if (aim === undefined) return expected(".goal", "an object", goal);
  const outputs = coverPulumi(state ?? {});
  if (objectOf(outputs) === undefined) return expected(".state", "an object", state);
  const changes = readChanges(aim.inputDiff);
  if (changes === null) return expected(".goal.inputDiff", "adds, updates and deletes", aim.inputDiff);
  const ignored = Array.isArray(aim.ignoreChanges) ? aim.ignoreChanges.filter((p) => typeof p === "string") : [];
  return [
    {
      ...shared,
      ...(operation !== "create" && { before: beforeOf(inputsOf(outputs as PropertyMap), changes) }),
      after: afterOf(inputsOf(outputs as PropertyMap), changes),
      ...(aim.protect === true && { protect: true }),
      ...(ignored.length > 0 && { ignoreChanges: ignored }),
    },
  ];
}

function operationOf(steps: readonly unknown[]): Operation | undefined {
  if (steps.some((step) => typeof step === "string" && /replace/.test(step))) return "replace";
  const plain = (["create", "update", "delete", "same"] as const).find((operation) => steps.includes(operation));
  return plain ?? (steps.includes("import") ? "create" : undefined);
}

interface InputChanges {
  readonly adds: PropertyMap;
  readonly updates: PropertyMap;
  readonly deletes: readonly string[];
}

function readChanges(value: unknown): InputChanges | null {
  const diff = objectOf(value ?? {});
  if (diff === undefined) return null;
  const adds = objectOf(coverPulumi(diff.adds ?? {}));
  const updates = objectOf(coverPulumi(diff.updates ?? {}));
  const deletes = diff.deletes ?? [];
  if (adds === undefined || updates === undefined || !Array.isArray(deletes)) return null;
  return { adds, updates, deletes: deletes.filter((key) => typeof key === "string") };
}

/** Kubernetes resources keep their inputs among what they put out; those of other providers put out their inputs. */
function inputsOf(outputs: PropertyMap): PropertyMap {
  const inputs = objectOf(outputs.__inputs) ?? outputs;
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith("__") || key === "__proto__"));
}

function beforeOf(inputs: PropertyMap, { adds, updates, deletes }: InputChanges): PropertyMap {
  const kept = Object.entries(inputs).filter(([key]) => !Object.hasOwn(adds, key));
  const hidden = [...Object.keys(updates), ...deletes].map((key) => [key, unknownValue] as const);
  return Object.fromEntries([...kept, ...hidden]);
}

function afterOf(inputs: PropertyMap, { adds, updates, deletes }: InputChanges): PropertyMap {
  const kept = Object.entries(inputs).filter(([key]) => !deletes.includes(key));
  return Object.fromEntries([...kept, ...Object.entries(adds), ...Object.entries(updates)]);
}
