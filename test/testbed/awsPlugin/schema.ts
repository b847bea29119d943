import type { AwsResource, Kind, Property } from "./resource.js";

type Schema = Readonly<Record<string, unknown>>;

/** The package schema of the resources (https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/). */
export function schemaOf(version: string, resources: readonly AwsResource[]): Schema {
  const types: Record<string, Schema> = {};
  const members = (owner: string, properties: Readonly<Record<string, Property>>) => ({
    ...Object.fromEntries(
      Object.entries(properties).map(([name, { kind }]) => [name, typeOf(owner + capital(name), kind)]),
    ),
  });
  const typeOf = (name: string, kind: Kind): Schema => {
    if (typeof kind === "string") return { type: kind };
    if ("list" in kind) return { type: "array", items: typeOf(name, kind.list) };
    if ("mapOf" in kind) return { type: "object", additionalProperties: { type: kind.mapOf } };
    types[name] = { type: "object", properties: members(name, kind.object), required: requiredOf(kind.object) };
    return { $ref: `#/types/${name}` };
  };
  return {
    name: "aws",
    version,
    description: "A stand-in of Firebreak's tests for the AWS plugin",
    resources: Object.fromEntries(
      resources.map(({ type, properties, outputs }) => {
        const inputs = members(type, properties);
        const told = Object.fromEntries(outputs.map((name) => [name, { type: "string" }]));
        return [
          type,
          { inputProperties: inputs, requiredInputs: requiredOf(properties), properties: { ...inputs, ...told } },
        ];
      }),
    ),
    types,
  };
}

function requiredOf(properties: Readonly<Record<string, Property>>): string[] {
  return Object.entries(properties).flatMap(([name, { required }]) => (required ? [name] : []));
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
