import { isHiddenValue } from "../../values.js";

/**
 * How one value of a Terraform provider becomes the one that Pulumi's provider takes. Blocks that can be there once are
 * lists of one in Terraform and objects in Pulumi; only the fields that are named are kept.
 */
export type Shape =
  | "same"
  /** Terraform's Kubernetes provider writes some numbers as text. */
  | "number"
  | { readonly one: Fields }
  | { readonly many: Fields };

/** By Terraform's name. Pulumi's is the same in camel case unless it is given beside the shape. */
export type Fields = Readonly<Record<string, Shape | readonly [pulumiName: string, Shape]>>;

/** The object that the fields make of a resource's or block's values. Null and empty blocks are left out, as in Pulumi. */
export function reshape(values: unknown, fields: Fields): Readonly<Record<string, unknown>> {
  const object = values as Readonly<Record<string, unknown>>;
  const entries = Object.entries(fields).flatMap(([name, given]) => {
    const [pulumiName, shape] = isNamed(given) ? given : [camelCase(name), given];
    const value = Object.hasOwn(object, name) ? convert(object[name], shape) : undefined;
    return value === undefined || value === null ? [] : [[pulumiName, value] as const];
  });
  return Object.fromEntries(entries);
}

function isNamed(given: Fields[string]): given is readonly [string, Shape] {
  return Array.isArray(given);
}

function convert(value: unknown, shape: Shape): unknown {
  if (isHiddenValue(value) || value === null || value === undefined || shape === "same") return value;
  if (shape === "number") return typeof value === "string" ? numberOf(value) : value;
  // A few providers nest a single block as an object.
  const blocks = Array.isArray(value) ? value : [value];
  if ("one" in shape) return blocks.length === 0 ? undefined : block(blocks[0], shape.one);
  return blocks.map((item) => block(item, shape.many));
}

function block(value: unknown, fields: Fields): unknown {
  if (isHiddenValue(value)) return value;
  return typeof value === "object" && value !== null ? reshape(value, fields) : {};
}

/** A number where the text is one: an amount such as `25%` stays text, and empty text is no amount. */
function numberOf(text: string): number | string | undefined {
  if (text.trim() === "") return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
