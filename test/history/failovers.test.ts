import { describe, expect, it } from "vitest";
import { readFailovers } from "../../history/failovers.js";
import type { Flow } from "../../history/traffic.js";
import { midnight, withRows } from "./flowTable.js";

const window = { from: midnight, to: midnight + 3600, interval: 300 };
const at = (minute: number, server: string, row: Partial<Flow> = {}) => ({
  start: midnight + minute * 60,
  server,
  ...row,
});
const refused = { outcome: "rejected" as const };

async function failoversOf(rows: readonly Partial<Flow>[]) {
  return await withRows(rows, async (database) => {
    await database.run(
      "INSERT INTO owners VALUES ('db-0', 'db'), ('db-1', 'db'), ('10.96.0.1', 'db'), ('cache-0', 'cache')",
    );
    return await readFailovers(database, "flows", window);
  });
}

describe("a failover", () => {
  it("is survived when another replica answers in the same interval, and lost when none does", async () => {
    const rows = [
      ...[at(0, "db-0"), at(0, "db-1")],
      ...[at(5, "db-0", refused), at(6, "db-1")],
      ...[at(10, "db-0", refused), at(11, "db-1", refused)],
      ...[at(15, "db-1", { requests: 5, failed: 5 }), at(16, "db-0", { requests: 9, failed: 1 })],
    ];
    expect(await failoversOf(rows)).toEqual([{ client: "a", group: "db", trials: 3, survived: 2 }]);
  });

  it("is no trial where the replica answered some of what was tried", async () => {
    const rows = [at(0, "db-0", refused), at(1, "db-0"), at(2, "db-1")];
    expect(await failoversOf(rows)).toEqual([]);
  });

  it.each([
    ["a virtual address, which hides the replicas", [at(0, "10.96.0.1", refused), at(1, "10.96.0.1")]],
    ["a service with one replica", [at(0, "cache-0", refused)]],
    ["a server that belongs to no one", [at(0, "192.0.2.1", refused), at(0, "192.0.2.2")]],
    ["traffic from outside", [at(0, "db-0", { ...refused, client: null }), at(0, "db-1", { client: null })]],
    ["traffic out of the window", [at(-10, "db-0", refused), at(-10, "db-1")]],
  ])("is not seen in %s", async (_, rows) => {
    expect(await failoversOf(rows)).toEqual([]);
  });
});
