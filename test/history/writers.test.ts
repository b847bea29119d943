import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readCatalog } from "../../history/catalog.js";
import { compactHistory } from "../../history/compaction.js";
import { withFlows } from "../../history/flows.js";
import { openLocal } from "../../history/storage/local.js";
import { runChild } from "./child.js";
import { compileChild } from "./compiled.js";
import { midnight, record, testFolder, writeLog } from "./flowLogs.js";

const folder = testFolder();
const program = compileChild(join(folder, "program"));

it("processes that ingest the same and different files and compact at once count each row once", async () => {
  const history = join(folder, "history");
  const logs = Array.from({ length: 9 }, (_, n) =>
    writeLog(
      folder,
      Array.from({ length: 5 }, (_, i) =>
        record({ bytes: 10 * n + i, start: midnight + i * 20_000, end: midnight + i * 20_000 + 60 }),
      ),
    ),
  );
  const compacting = (order: readonly string[]) => order.flatMap((log, i) => (i % 3 === 2 ? [log, "compact"] : [log]));
  const plans = [compacting(logs), compacting([...logs].reverse()), Array.from({ length: 6 }, () => "compact")];
  const runs = await Promise.all(plans.map((steps) => runChild(program, history, steps)));
  for (const [i, run] of runs.entries()) expect(run).toEqual({ code: 0, signal: null, acknowledged: plans[i] });

  for (let i = 0; i < 3; i++) await compactHistory(history, { grace: 0 });
  const storage = openLocal(history);
  const window = { from: midnight, to: midnight + 86_400 };
  const [raw, summary] = await withFlows(
    storage,
    [
      { view: "flows", ...window, kind: "raw" },
      { view: "snapshots", ...window, kind: "summary" },
    ],
    async (database) => [
      await database.rows("SELECT bytes FROM flows ORDER BY bytes"),
      await database.rows("SELECT sum(connections) AS connections, sum(bytes) AS bytes FROM snapshots"),
    ],
  );
  const expected = logs.flatMap((_, n) => Array.from({ length: 5 }, (_, i) => 10 * n + i));
  expect(raw?.map((row) => row.bytes)).toEqual(expected);
  expect(summary).toEqual([{ connections: 45, bytes: expected.reduce((sum, b) => sum + b, 0) }]);
  const { files } = await readCatalog(storage);
  expect(readdirSync(join(history, "day=2022-08-20")).map((file) => `day=2022-08-20/${file}`)).toEqual(
    files.map((f) => f.path),
  );
}, 300_000);
