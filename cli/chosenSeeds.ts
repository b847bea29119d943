import { resolve } from "node:path";
import { InputError } from "../input/problems.js";
import type { Call } from "./command.js";
import { readText } from "./graphSource.js";

/**
 * The seeds that `--seeds` names: ids by commas, or `@FILE` with one a line (for many, and for ids with a comma). Spaces
 * around an id and empty lines are left out. Nothing where the flag is not given.
 */
export function chosenSeeds({ flags, terminal }: Call): string[] | undefined {
  if (flags.seeds === undefined) return undefined;
  const text = String(flags.seeds);
  const file = text.startsWith("@") ? text.slice(1) : undefined;
  const parts = file === undefined ? text.split(",") : readText(resolve(terminal.cwd, file), file).split(/\r?\n/);
  const ids = parts.map((part) => part.trim()).filter((part) => part !== "");
  if (ids.length === 0) {
    throw new InputError(file ?? "--seeds", [
      { place: "seeds", message: "names no seed; give at least one instance's id, host/ID or zone/ID" },
    ]);
  }
  return ids;
}
