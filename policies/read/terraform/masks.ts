import { secretValue, unknownValue } from "../../values.js";

/**
 * Values of a plan with unknowns and secrets covered. A mask is `true` where all below is, or has the shape of the
 * values with `true` at its leaves; a value that is not known is in its mask only.
 */
export function coverTerraform(value: unknown, unknown: unknown, sensitive: unknown): unknown {
  if (sensitive === true) return secretValue;
  if (unknown === true) return unknownValue;
  if (!isContainer(unknown) && !isContainer(sensitive)) return value;
  if (Array.isArray(value) || (value === undefined && Array.isArray(unknown))) {
    const list = Array.isArray(value) ? value : [];
    const length = Math.max(list.length, Array.isArray(unknown) ? unknown.length : 0);
    return Array.from({ length }, (_, i) => coverTerraform(list[i], itemOf(unknown, i), itemOf(sensitive, i)));
  }
  if (isContainer(value) || ((value === undefined || value === null) && isContainer(unknown))) {
    const names = new Set([...keysOf(value), ...keysOf(unknown), ...keysOf(sensitive)]);
    const entries = [...names].flatMap((name) => {
      const covered = coverTerraform(itemOf(value, name), itemOf(unknown, name), itemOf(sensitive, name));
      return covered === undefined ? [] : [[name, covered] as const];
    });
    return Object.fromEntries(entries);
  }
  return value;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function keysOf(value: unknown): string[] {
  return isContainer(value) && !Array.isArray(value) ? Object.keys(value) : [];
}

function itemOf(value: unknown, key: string | number): unknown {
  return isContainer(value) && Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
}
