import { resolve } from "node:path";
import { parseJson } from "../../input/json.js";
import { InputError, throwProblems } from "../../input/problems.js";
import { readBaseline } from "../../policies/baseline.js";
import { annotatedExceptions, endOf } from "../../policies/exceptions.js";
import type { Exception, PlannedStack } from "../../policies/types.js";
import type { Call } from "../command.js";
import type { Config } from "../config.js";
import { readText } from "../graphSource.js";
import { nearPath } from "../output.js";

/** Every exception that may let a finding through, with what is to be said of them. */
export interface FoundExceptions {
  readonly exceptions: readonly Exception[];
  readonly warnings: readonly string[];
}

/**
 * Gathers exceptions from the resources' annotations, `firebreak.yaml` and the baseline that `--baseline` names.
 * @throws InputError with every problem of a source
 */
export function findExceptions({ flags, terminal }: Call, config: Config, stack: PlannedStack): FoundExceptions {
  const annotated = annotatedExceptions(stack);
  throwProblems("exceptions", annotated.problems);
  const from = config.file === null ? "firebreak.yaml" : nearPath(terminal, config.file);
  const configured = config.exceptions.map((exception) => ({ ...exception, from }));
  const file = flags.baseline as string | undefined;
  const baseline =
    file === undefined ? [] : readBaseline(parseJson(readText(resolve(terminal.cwd, file), file), file), file);
  return { exceptions: [...annotated.exceptions, ...configured, ...baseline], warnings: annotated.warnings };
}

/** Days that the entries of a new baseline hold where none is said. */
const heldDays = 90;

/**
 * What every new entry of a baseline says.
 * @throws InputError where no owner is named or the expiry is no date
 */
export function baselineEntry({ flags, terminal }: Call): Pick<Exception, "reason" | "owner" | "expires"> {
  const owner = (flags.owner as string | undefined)?.trim();
  const later = new Date((terminal.now() + heldDays * 86_400) * 1000).toISOString().slice(0, 10);
  const expires = (flags.expires as string | undefined) ?? later;
  const problems = [
    ...(owner ? [] : [{ place: "--owner", message: "is missing; name who answers for the baseline" }]),
    ...(endOf(expires) > terminal.now()
      ? []
      : [{ place: "--expires", message: "expected a date to come, such as 2026-12-31" }]),
  ];
  if (problems.length > 0) throw new InputError("--write-baseline", problems);
  return {
    reason: (flags.reason as string | undefined)?.trim() || "was there when the baseline was written",
    owner: owner!,
    expires,
  };
}
