import { createHash } from "node:crypto";
import { InputError } from "../input/problems.js";
import type { OpenedTable } from "./format.js";
import { detectTable, namedFormat } from "./formats/index.js";
import { contentId, openBytes } from "./lines.js";
import { quoted } from "./parquet.js";
import type { FlowStage } from "./stage.js";
import type { Tally } from "./tally.js";

/**
 * Reads a Parquet file into the stage by SQL; rows that the SQL does not take are read by the format's own parser. A
 * row's number, from 1, stands for its line.
 * @throws InputError where it is damaged or cut short, or is of no known format
 */
export async function readTable(
  source: string,
  name: string,
  stage: FlowStage,
  tally: Tally,
): Promise<{ readonly format: string; readonly id: string }> {
  // Prefixes of a folder such as year=2026 are no columns of the file.
  const table = (more: string) => `read_parquet(${quoted(source)}, hive_partitioning = false${more})`;
  const hash = createHash("sha256");
  for await (const chunk of openBytes(source)) hash.update(chunk);
  const columns = await stage.columnsOf(table("")).catch((error) => refuseDamaged(source, error));
  const format = namedFormat(name, source, true) ?? detectTable(columns, source);
  const opened = format.open(columns, source);
  const read = await stage
    .read(recordsOf(opened, table(", file_row_number = true")), opened.sql, true)
    .catch((error) => refuseDamaged(source, error));
  tally.count(read);
  if (read.left > 0) {
    for await (const { number, line } of stage.leftRows()) tally.put(opened.parse(line), number, line);
  }
  return { format: format.name, id: contentId(hash, format.name) };
}

/** Rows as records: what is missing is `-`, as in the text. */
function recordsOf({ columns }: OpenedTable, relation: string): string {
  const values = columns.map((c) => `coalesce(nullif(CAST("${c.replaceAll('"', '""')}" AS VARCHAR), ''), '-')`);
  return `SELECT f, NULL::VARCHAR AS known_skip, array_to_string(f, ' ') AS line, number
    FROM (SELECT [${values.join(", ")}] AS f, file_row_number + 1 AS number FROM ${relation})`;
}

function refuseDamaged(source: string, error: Error): never {
  const [first] = error.message.split("\n");
  const message = `is damaged or incomplete Parquet (${first}); copy the file again, whole`;
  throw new InputError(source, [{ place: source, message }]);
}
