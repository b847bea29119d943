import type { Parsed } from "./format.js";
import type { Rejects } from "./rejects.js";
import type { FlowStage } from "./stage.js";
import type { ReadBySql } from "./stageReading.js";

/** Counts what became of the records of one source, and puts each where it belongs. */
export interface Tally {
  /** Data lines, or what a JSON document holds. */
  readonly records: number;
  /** Reason to count. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Takes one record: to the stage, to the rejects, or for a count. */
  readonly put: (parsed: Parsed, line: number, text: string) => void;
  /** Counts those that the stage took by itself. */
  readonly count: (read: ReadBySql) => void;
}

export function openTally(stage: FlowStage, rejects: Rejects): Tally {
  const skipped: Record<string, number> = {};
  let records = 0;
  const skip = (reason: string, count: number) => {
    skipped[reason] = (skipped[reason] ?? 0) + count;
  };
  return {
    get records() {
      return records;
    },
    skipped,
    put: (parsed, line, text) => {
      records++;
      if ("flow" in parsed) stage.append(parsed.flow);
      else if ("span" in parsed) stage.appendSpan(parsed.span);
      else if ("skip" in parsed) skip(parsed.skip, 1);
      else rejects.add({ line, reason: parsed.reject, text });
    },
    count: (read) => {
      records += read.flows;
      for (const [reason, count] of Object.entries(read.skipped)) {
        records += count;
        skip(reason, count);
      }
    },
  };
}
