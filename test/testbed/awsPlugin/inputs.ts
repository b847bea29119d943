import { isDeepStrictEqual } from "node:util";
import type { AwsResource, Kind, Property, Props } from "./resource.js";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";

/** Properties as the engine sends them, without its wrappers of secrets and outputs; an output that is unknown is a marker. */
export function plainOf(props: Props): Props {
  return Object.fromEntries(Object.entries(props).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (signature in value) return "value" in value ? plain(value.value) : unknown;
  return plainOf(value as Props);
}

/** What is wrong with a resource's inputs: unknown and missing properties, values of another type. */
export function checkInputs({ properties }: AwsResource, inputs: Props): { property: string; reason: string }[] {
  return checkObject(properties, inputs, "");
}

function checkObject(properties: Readonly<Record<string, Property>>, inputs: Props, place: string) {
  const failures: { property: string; reason: string }[] = [];
  for (const name of Object.keys(inputs)) {
    if (properties[name] === undefined)
      failures.push({ property: place + name, reason: "the stand-in has no such property" });
  }
  for (const [name, { kind, required }] of Object.entries(properties)) {
    const value = inputs[name];
    if (value !== undefined && value !== null) failures.push(...checkValue(kind, value, place + name));
    else if (required) failures.push({ property: place + name, reason: "is required" });
  }
  return failures;
}

function checkValue(kind: Kind, value: unknown, place: string): { property: string; reason: string }[] {
  if (value === unknown) return [];
  const wrong = (expected: string) => [
    { property: place, reason: `expected ${expected}, found ${JSON.stringify(value)}` },
  ];
  if (typeof kind === "string") return typeof value === kind ? [] : wrong(`a ${kind}`);
  if ("list" in kind) {
    if (!Array.isArray(value)) return wrong("a list");
    return value.flatMap((item, i) => checkValue(kind.list, item, `${place}[${i}]`));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong("an object");
  if ("object" in kind) return checkObject(kind.object, value as Props, `${place}.`);
  return Object.entries(value).flatMap(([key, item]) => checkValue(kind.mapOf, item, `${place}.${key}`));
}

/** Names of the properties that an update has to change. */
export function differences({ properties }: AwsResource, olds: Props, news: Props): string[] {
  return Object.entries(properties)
    .filter(([name, { chosenByAws }]) =>
      news[name] === undefined ? olds[name] !== undefined && !chosenByAws : !isDeepStrictEqual(olds[name], news[name]),
    )
    .map(([name]) => name);
}
