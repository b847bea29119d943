import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ingest } from "../../history/ingest.js";
import { historyRange, readTraffic } from "../../history/readTraffic.js";
import { testFolder } from "./flowLogs.js";

const calls = fileURLToPath(new URL("../../../shared/data/nezha/edge_minute.csv.gz", import.meta.url));
const present = existsSync(calls);
if (!present) console.warn(`skipped: the Nezha call counts are not at ${calls}`);

it.skipIf(!present)(
  "the Nezha call counts are stored whole and read back as Online Boutique's ten services",
  async () => {
    const into = join(testFolder(), "history");
    const [report] = await ingest(calls, { into, format: "auto" });
    expect(report).toMatchObject({ format: "edges-csv", lines: 6657, stored: 6657, rejected: 0, skipped: 0 });
    expect(report?.days).toEqual(["2022-08-22", "2022-08-23", "2023-01-29"]);
    expect((await historyRange(into))?.rows).toBe(6657);
    const from = Date.UTC(2022, 7, 22) / 1000;
    const { edges } = await readTraffic(into, { from, to: from + 86_400, halfLife: 21_600, owners: new Map() });
    expect(new Set(edges.flatMap((e) => [e.client, e.server])).size).toBe(11);
    expect(edges[0]).toMatchObject({ client: null, server: "frontend" });
  },
);
