import type { SimulationResult } from "../simulator/types.js";
import type { Terminal } from "./output.js";
import { printJson } from "./output.js";

/**
 * Prints a result as `printJson` would. The matrix goes out row by row: as one text it can be longer than a text can be.
 */
export function printResult(terminal: Terminal, { conditional, ...rest }: SimulationResult): void {
  const seeds = Object.keys(conditional ?? {});
  if (conditional === undefined || seeds.length === 0) {
    printJson(terminal, conditional === undefined ? rest : { ...rest, conditional });
    return;
  }
  terminal.out(`${JSON.stringify(rest, null, 2).slice(0, -2)},\n  "conditional": {`);
  for (const [i, seed] of seeds.entries()) {
    const row = JSON.stringify(conditional[seed], null, 2).replaceAll("\n", "\n    ");
    terminal.out(`${i === 0 ? "" : ","}\n    ${JSON.stringify(seed)}: ${row}`);
  }
  terminal.out("\n  }\n}\n");
}
