import type { Inventory } from "../../graph/types.js";
import type { ReservedMachine } from "../../planner/types.js";
import type { StackResource } from "../deployment.js";
import { isUnread, valueAt } from "../propertyValue.js";
import { textAt } from "./aws.js";

const launchTemplate = "aws:ec2/launchTemplate:LaunchTemplate";

/**
 * The kind of machine that the next instance of a group will be, and how many of it run in the group's zones: the type of
 * its launch template where that is in the stack, else the one type that its instances are; their platform, which no
 * template tells. Undefined where instances differ, or where the group mixes types.
 */
export function machineOf(
  group: StackResource,
  service: string,
  resources: readonly StackResource[],
  inventory: Inventory,
): ReservedMachine | undefined {
  const known = inventory.instances.flatMap(({ machine, zone, service: of }) =>
    machine === undefined || zone === undefined ? [] : [{ machine, zone, service: of }],
  );
  const own = known.filter((i) => i.service === service);
  const [platform, ...platforms] = new Set(own.map((i) => i.machine.platform));
  const types = new Set(own.map((i) => i.machine.instanceType));
  const instanceType = templateType(group, resources) ?? (types.size === 1 ? [...types][0] : undefined);
  const isMixed = (valueAt(group.inputs, ["mixedInstancesPolicy"]) ?? null) !== null;
  if (isMixed || platform === undefined || platforms.length > 0 || instanceType === undefined) return undefined;
  const zones = zonesOf(group, own);
  const like = known.filter((i) => i.machine.instanceType === instanceType && i.machine.platform === platform);
  const running = zones.map((zone) => [zone, like.filter((i) => i.zone === zone).length] as const);
  return { instanceType, platform, running: Object.fromEntries(running) };
}

/** The instance type of the group's launch template, where the stack has it and writes one. */
function templateType(group: StackResource, resources: readonly StackResource[]): string | undefined {
  const [id, name] = ["id", "name"].map((key) => valueAt(group.inputs, ["launchTemplate", key]));
  const template = resources.find(
    (r) =>
      r.type === launchTemplate &&
      ((id !== undefined && textAt(r.outputs, "id") === id) ||
        (name !== undefined && textAt(r.outputs, "name") === name)),
  );
  return template === undefined ? undefined : textAt(template.inputs, "instanceType");
}

/** Zones that the group says it uses, else those that its instances are in. */
function zonesOf(group: StackResource, own: readonly { readonly zone: string }[]): string[] {
  const listed = [group.outputs, group.inputs].map((props) => valueAt(props, ["availabilityZones"]));
  const told = listed.find((zones): zones is string[] => Array.isArray(zones) && zones.every((z) => !isUnread(z)));
  return [...new Set(told ?? own.map((i) => i.zone))].sort();
}
