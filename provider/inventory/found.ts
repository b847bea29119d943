import type { Inventory } from "../../graph/types.js";

/** What an API tells of what runs, with sentences for people: what is left out or could not be read. */
export interface FoundInventory {
  readonly inventory: Inventory;
  readonly warnings: readonly string[];
}

/** The API does not let itself be read. The message says why, and what to do. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
}

/** What people said of an instance beside its definition, in annotations, labels or tags. */
export interface Facts {
  readonly tier?: string;
  readonly criticality?: number;
  readonly capacity?: number;
}

/**
 * Reads facts from texts. A number that is none, or is negative, is left out and told to `warn`.
 * @param of who they are of, for the warning
 */
export function readFacts(
  { tier, criticality, capacity }: Readonly<Record<keyof Facts, string | undefined>>,
  of: string,
  warn: (warning: string) => void,
): Facts {
  const number = (name: string, text: string | undefined) => {
    if (text === undefined) return undefined;
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= 0 && value <= 1e18) return value;
    warn(`${of}: ${name} ${JSON.stringify(text)} is left out: expected a number of 0 or more`);
    return undefined;
  };
  return {
    tier: tier?.trim() || undefined,
    criticality: number("criticality", criticality),
    capacity: number("capacity", capacity),
  };
}
