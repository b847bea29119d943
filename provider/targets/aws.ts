import { propertyAt, type StackResource } from "../deployment.js";
import { isUnread, valueAt } from "../propertyValue.js";
import { nameOfUrn } from "../urnPattern.js";
import type { Props } from "./target.js";

/** Tag by which people name the service that a resource runs, as in the inventory. */
const serviceTag = "firebreak:service";

/**
 * Tags as one object, unread: Auto Scaling writes them as a list of `key` and `value`, other services as an object. What
 * hides a key hides every tag.
 */
export function tagsIn(props: Props): unknown {
  const tags = valueAt(props, ["tags"]);
  if (isUnread(tags) || !Array.isArray(tags)) return tags;
  const found: Record<string, unknown> = {};
  for (const tag of tags) {
    const key = valueAt(tag, ["key"]);
    if (isUnread(key)) return key;
    found[String(key)] = valueAt(tag, ["value"]);
  }
  return found;
}

/** The name in AWS: the program's own, else the one that Pulumi or AWS gave. */
export function nameIn({ inputs, outputs }: StackResource): string | undefined {
  return textAt(inputs, "name") ?? textAt(outputs, "name");
}

/** The name in AWS, and for one that Pulumi gave, the resource's without the random end. */
export function namesOf(resource: StackResource): string[] {
  const name = nameIn(resource);
  const defaults = propertyAt(resource.inputs, "__defaults");
  const given = propertyAt(resource.inputs, "name");
  const autonamed = given === undefined || (Array.isArray(defaults) && defaults.includes("name"));
  return [...new Set([...(name === undefined ? [] : [name]), ...(autonamed ? [nameOfUrn(resource.urn)] : [])])];
}

/** The service that a resource says it runs. */
export function serviceLabels({ inputs }: StackResource): string[] {
  const named = valueAt(tagsIn(inputs), [serviceTag]);
  return typeof named === "string" && !isUnread(named) ? [named] : [];
}

/** The last part of an ARN, or the name that stands in its place. */
export function lastOf(arnOrName: unknown): string | undefined {
  return typeof arnOrName === "string" && !isUnread(arnOrName) ? arnOrName.split("/").at(-1) : undefined;
}

/** A text that is there and can be read. */
export function textAt(props: Props, name: string): string | undefined {
  const value = valueAt(props, [name]);
  return typeof value === "string" && !isUnread(value) ? value : undefined;
}
