import { createInterface } from "node:readline/promises";
import { GateError } from "../input/gate.js";
import type { Terminal } from "./output.js";

/** Asks on the terminal. @throws GateError for any answer but yes, and where there is nobody to ask */
export async function confirm(terminal: Terminal, question: string): Promise<void> {
  const asked = terminal.interactive && "isTTY" in terminal.stdin && terminal.stdin.isTTY === true;
  if (!asked) throw new GateError("nothing was changed: there is nobody to ask here; repeat with --yes");
  const prompt = createInterface({ input: terminal.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`${question} Only yes is a yes: `);
    if (answer.trim() !== "yes") throw new GateError("nothing was changed");
  } finally {
    prompt.close();
  }
}
