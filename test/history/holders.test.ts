import { expect, it } from "vitest";
import { readEdges } from "../../history/edges.js";
import { nameAddresses } from "../../history/holders.js";
import { midnight, windowOf, withRows } from "./flowTable.js";

const hour = 3600;

it("an address stands for who held it in the middle of the row's time, and for itself where no one did", async () => {
  const holders = [
    { address: "10.0.0.1", from: midnight, to: midnight + hour, holder: "cart-old" },
    { address: "10.0.0.1", from: midnight + hour, to: 1e12, holder: "api-0" },
    { address: "10.0.0.2", from: 0, to: midnight + 2 * hour, holder: "db-0" },
  ];
  const starts = [-60, 0, hour - 31, hour - 30, hour, 2 * hour];
  const rows = starts.map((offset) => ({ start: midnight + offset, client: "10.0.0.1", server: "10.0.0.2" }));
  const edges = await withRows(rows, async (database) => {
    const named = await nameAddresses(database, "flows", holders);
    const window = { from: midnight - hour, to: midnight + 3 * hour, halfLife: 1e9, interval: 300 };
    return await readEdges(database, await windowOf(database, window, named), undefined, window);
  });
  const found = edges.map((e) => `${e.client} ${e.server} ${Math.round(e.connections)}`).sort();
  expect(found).toEqual(["10.0.0.1 db-0 1", "api-0 10.0.0.2 1", "api-0 db-0 2", "cart-old db-0 2"]);
});

it("without holders the rows are read as they are", async () => {
  await withRows([], async (database) => expect(await nameAddresses(database, "flows", [])).toBe("flows"));
});
