import { z } from "zod";
import { sortBy } from "../graph/order.js";
import { readAs } from "../input/schema.js";
import { exceptionExpired, exceptionSchema, literalTarget, stackTarget } from "./exceptions.js";
import type { Exception, GateReport } from "./types.js";

const schema = z.strictObject({
  schema: z.literal("firebreak.baseline/v1", "expected firebreak.baseline/v1"),
  exceptions: z.array(exceptionSchema),
});

/**
 * Reads a baseline file: the findings that were there when it was written.
 * @throws InputError with every problem
 */
export function readBaseline(value: unknown, source: string): Exception[] {
  return readAs(schema, value, source).exceptions.map((exception) => ({ ...exception, from: source }));
}

/**
 * A baseline that lets through every finding of a report that nothing else does. What an earlier baseline lets through
 * keeps its reason, owner and expiry as long as it is found.
 * @param former where the earlier baseline was read from, if there was one
 */
export function writeBaseline(
  { findings }: GateReport,
  given: Pick<Exception, "reason" | "owner" | "expires">,
  former?: string,
): string {
  const entries = new Map<string, Omit<Exception, "from">>();
  for (const { rule, address, exception } of findings) {
    if (rule === exceptionExpired.id || (exception && exception.from !== former)) continue;
    const target = exception?.target ?? (address === null ? stackTarget : literalTarget(address));
    const { reason, owner, expires } = exception ?? given;
    entries.set(JSON.stringify([rule, target]), { rule, target, reason, owner, expires });
  }
  const exceptions = sortBy(
    entries.values(),
    ({ rule }) => rule,
    ({ target }) => target,
  );
  return `${JSON.stringify({ schema: "firebreak.baseline/v1", exceptions }, null, 2)}\n`;
}
