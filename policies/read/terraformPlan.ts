import { sortBy } from "../../graph/order.js";
import { type Problem, throwProblems } from "../../input/problems.js";
import type { Operation, PlannedResource, PlannedStack } from "../types.js";
import type { PropertyMap } from "../values.js";
import { kindOfValue, objectOf, readPlanDocument } from "./planDocument.js";
import { awsTypes } from "./terraform/aws.js";
import { kubernetesTypes } from "./terraform/kubernetes.js";
import { coverTerraform } from "./terraform/masks.js";
import type { TerraformType } from "./terraform/resourceType.js";

const types: Readonly<Record<string, TerraformType>> = { ...kubernetesTypes, ...awsTypes };

/** Types that stand for many objects which the plan does not show. */
const opaque: Readonly<Record<string, string>> = {
  "kubernetes:unknown:Manifest": "its manifest is secret or not known before the update",
  helm_release: "render it with `helm template` and check it with --manifests",
  kubectl_manifest: "check its YAML with --manifests",
  aws_cloudformation_stack: "check what it makes where it is written",
};

/**
 * Reads `terraform show -json` of a saved plan (format 1.x; OpenTofu writes the same). Types that rules look at become
 * Pulumi's, with the inputs that rules read; others keep their type and have no inputs. Variables, outputs, the state and
 * the configuration are not looked at.
 * @throws InputError with every problem; none shows a value
 */
export function readTerraformPlan(bytes: Buffer, source: string): PlannedStack {
  const resources = new Map<string, PlannedResource>();
  const problems: Problem[] = [];
  const notShown: string[] = [];
  const document = readPlanDocument(bytes, source, "terraformPlan", {
    resource_changes: (change, index) => {
      const place = `resource_changes[${index}]`;
      const resource = readChange(change, place, problems);
      if (resource === null) return;
      if (resources.has(resource.address)) {
        problems.push({ place: `${place}.address`, message: "is there twice; make the plan again" });
      }
      resources.set(resource.address, resource);
      const remedy = Object.hasOwn(opaque, resource.type) ? opaque[resource.type] : undefined;
      if (remedy && resource.operation !== "delete") {
        notShown.push(`${resource.address}: what it deploys is not in the plan and was not judged; ${remedy}`);
      }
    },
  });
  problems.push(...wrongMembers(document));
  throwProblems(source, problems);
  const partial = document.complete === false;
  return {
    source: "terraform",
    project: null,
    stack: null,
    resources: sortBy(resources.values(), ({ address }) => address),
    warnings: [
      ...(partial ? ["the plan is a part of what the configuration asks for; the rest was not judged"] : []),
      ...notShown.sort(),
    ],
  };
}

function readChange(value: unknown, place: string, problems: Problem[]): PlannedResource | null {
  const wrong = (at: string, found: unknown, expected: string): null => {
    const message = `is ${kindOfValue(found)}, expected ${expected}; make the plan again`;
    problems.push({ place: `${place}${at}`, message });
    return null;
  };
  const entry = objectOf(value);
  if (entry === undefined) return wrong("", value, "an object");
  // What was left over of an earlier replacement is removed beside the resource itself.
  if (entry.mode === "data" || entry.deposed !== undefined) return null;
  const { address, type, name } = entry;
  if (typeof address !== "string" || address === "") return wrong(".address", address, "text");
  if (typeof type !== "string") return wrong(".type", type, "text");
  if (typeof name !== "string") return wrong(".name", name, "text");
  const change = objectOf(entry.change);
  if (change === undefined) return wrong(".change", entry.change, "an object");
  const { actions } = change;
  if (!Array.isArray(actions)) return wrong(".change.actions", actions, "a list");
  const operation = operationOf(actions);
  if (operation === undefined) return null;
  for (const key of ["before", "after"] as const) {
    const found = change[key];
    if (found !== null && found !== undefined && objectOf(found) === undefined) {
      return wrong(`.change.${key}`, found, "an object");
    }
  }
  const before = valuesOf(change.before, undefined, change.before_sensitive);
  const after = valuesOf(change.after, change.after_unknown, change.after_sensitive);
  return { address, name, operation, ...typeAndInputs(type, operation, before, after) };
}

function typeAndInputs(
  type: string,
  operation: Operation,
  before: PropertyMap | undefined,
  after: PropertyMap | undefined,
): Pick<PlannedResource, "type" | "before" | "after"> {
  const known = Object.hasOwn(types, type) ? types[type] : undefined;
  const inputs = (values: PropertyMap) => known?.inputs(values) ?? {};
  return {
    type: known ? (known.tokenOf?.(after ?? before ?? {}) ?? known.token) : type,
    ...(before && operation !== "create" && { before: inputs(before) }),
    ...(after && operation !== "delete" && { after: inputs(after) }),
  };
}

/** A resource's values, or undefined where there are none; one that is secret or unknown as a whole shows nothing. */
function valuesOf(value: unknown, unknown: unknown, sensitive: unknown): PropertyMap | undefined {
  if (value === null || value === undefined) return undefined;
  const covered = coverTerraform(value, unknown, sensitive);
  if (typeof covered === "symbol") {
    return Object.fromEntries(Object.keys(value).map((name) => [name, covered]));
  }
  return covered as PropertyMap;
}

function operationOf(actions: readonly unknown[]): Operation | undefined {
  const has = (action: string) => actions.includes(action);
  if (has("create") && (has("delete") || has("forget"))) return "replace";
  if (has("no-op")) return "same";
  return (["create", "update", "delete"] as const).find(has);
}

function wrongMembers({ resource_changes: changes, errored }: PropertyMap): Problem[] {
  const problems: Problem[] = [];
  if (changes !== undefined && changes !== null && !Array.isArray(changes)) {
    const message = `is ${kindOfValue(changes)}, expected a list; make the plan again`;
    problems.push({ place: "resource_changes", message });
  }
  if (errored === true) {
    const message = "the plan ended with an error, so it does not show all that is planned; mend it and plan again";
    problems.push({ place: "errored", message });
  }
  return problems;
}
