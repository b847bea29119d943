import { spawn } from "node:child_process";
import type { Delivered, Receiver } from "./deliver.js";

/** Exit code of bad input: of the bodies the broken ones were not stored, and never will be. */
const broken = 2;

/**
 * Stores bodies in a history by a process of its own that ends after: DuckDB, which writes the Parquet, would more
 * than double the memory of a probe that runs all the time.
 * @param command program and arguments; the paths of the bodies are put behind them
 */
export function openHistoryReceiver(command: readonly string[]): Receiver {
  const [program = "", ...args] = command;
  return {
    most: 1000,
    deliver: (paths, signal) =>
      new Promise<Delivered>((delivered, failed) => {
        const child = spawn(program, [...args, ...paths], { stdio: ["ignore", "ignore", "pipe"], signal });
        let complaint = "";
        child.stderr.setEncoding("utf8");
        child.stderr.on("data", (text: string) => {
          if (complaint.length < 10_000) complaint += text;
        });
        child.once("error", failed);
        child.once("close", (code) => {
          const reason = complaint.trim().replace(/\s+/g, " ").slice(0, 300) || `the store ended with ${code}`;
          if (code === 0) delivered("stored");
          else if (code === broken) delivered({ refused: reason });
          else failed(new Error(reason));
        });
      }),
  };
}
