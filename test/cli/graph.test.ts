import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTopology } from "../../graph/topology.js";
import { firebreak } from "./terminal.js";

let cwd: string;
const minute = 27_781_440;

/** Ten minutes of calls: web calls api, api calls db; then api calls a cache too. Names that every notation must quote. */
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "firebreak-graph-"));
  const lines = ["minute,caller,callee,calls"];
  for (let i = 0; i < 10; i++) {
    lines.push(`${minute + i},USER,web,100`, `${minute + i},web,api & co,50`, `${minute + i},api & co,db,5`);
    if (i >= 5) lines.push(`${minute + i},api & co,cache,20`);
  }
  writeFileSync(join(cwd, "calls.csv"), lines.map((l) => `${l}\n`).join(""));
  writeFileSync(
    join(cwd, "firebreak.yaml"),
    "inventory: inventory.yaml\ndependencies: [{ client: web, service: api & co, coupling: 0.4 }]\n",
  );
  writeFileSync(
    join(cwd, "inventory.yaml"),
    "instances: [{ id: db-0, service: db, capacity: 10, zone: a, failures: 2, watched: 864000 }, { id: db-1, service: db, prior: 0.01 }]\n",
  );
  expect((await firebreak(["ingest", "calls.csv"], { cwd })).code).toBe(0);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const graph = async (...args: string[]) => {
  const said = await firebreak(["graph", ...args], { cwd });
  expect(said.err).toBe("");
  expect(said.code).toBe(0);
  return said.out;
};

describe("firebreak graph", () => {
  it("shows services, dependencies with volume, source and when they were last seen, and what comes from outside", async () => {
    const out = await graph();
    expect(out).toContain("5 instances of 4 services, from 35 rows between");
    expect(out).toMatch(/^client +depends on +coupling +failover +volume +sources +last seen$/m);
    expect(out).toMatch(/^web +api & co +0\.40 +0\.90 +49\d requests +edges-csv +2022-10-27T16:10:00Z$/m);
    expect(out).toMatch(/^web +99\d requests$/m);
  });

  it("writes DOT of the services, arrows from the client to what it depends on", async () => {
    const out = await graph("--format", "dot");
    expect(out.startsWith("digraph firebreak {\n")).toBe(true);
    expect(out).toContain('  "db" [label="db\\n× 2"];\n');
    expect(out).toMatch(/^ {2}"web" -> "api & co" \[label="0\.40\\n49\d requests", penwidth=1\.70\];$/m);
    expect(out).toContain('  "(outside)" -> "web" [style=dashed];\n');
  });

  it("writes GraphML of every instance and link, with their numbers as typed data", async () => {
    const out = await graph("--format", "graphml");
    expect(out).toContain('<key id="edge-coupling" for="edge" attr.name="coupling" attr.type="double"/>');
    expect(out).toContain('<node id="db-0"><data key="node-service">db</data><data key="node-zone">a</data>');
    expect(out).toMatch(/<edge source="web" target="api &amp; co"><data key="edge-share">1<\/data>/);
    expect(out.match(/<edge /g)).toHaveLength(4);
  });

  it("writes JSON of all that is known, while --json stays the topology alone", async () => {
    const all = JSON.parse(await graph("--format", "json"));
    expect(Object.keys(all)).toEqual(["window", "rows", "topology", "dependencies", "priors", "external", "warnings"]);
    expect(all.dependencies[0].sources[0]).toMatchObject({ source: "edges-csv", sampling: 1, steady: false });
    expect(readTopology(JSON.parse(await graph("--json"))).links).toHaveLength(4);
  });

  it("explains where each number of a dependency comes from", async () => {
    const out = await graph("--explain", "api & co->db");
    expect(out).toContain("api & co → db\n");
    expect(out).toMatch(
      /coupling {2}0\.10\d: of 49\d requests into the client 49\.\d went on; with 10 at the default of 0\.5/,
    );
    expect(out).toContain("failover  0.900: the default; no replica was seen failing");
    expect(out).toContain("shares    by requests: db-0 50.0 %, db-1 50.0 %");
    expect(out).toMatch(
      /db-0 fails by itself with 0\.\d+ %: it failed 2 times in 10 days, drawn to its service and tier/,
    );
    expect(out).toContain("db-1 fails by itself with 1.00 %: written in the inventory");
    const override = await graph("--explain", "web->api & co");
    expect(override).toContain("coupling  0.400: written in the configuration (dependencies)");
  });

  it("explains as JSON too, and names an instance as well as a service", async () => {
    const found = JSON.parse(await graph("--explain", "api & co->db-1", "--json"));
    expect(found.dependencies).toMatchObject([{ client: "api & co", service: "db", coupling: { from: "traffic" } }]);
  });

  it("says what appeared, vanished and moved between two times", async () => {
    const times = ["2022-10-27T16:05:00Z", "2022-10-27T16:10:00Z"];
    expect(await graph("diff", ...times, "--window", "5m")).toBe("+ api & co → cache\n+ instance cache\n");
    const back = JSON.parse(await graph("diff", ...[...times].reverse(), "--window", "5m", "--json"));
    expect(back.vanished).toEqual({ instances: ["cache"], dependencies: [{ client: "api & co", service: "cache" }] });
    expect(await graph("diff", times[1] ?? "", times[1] ?? "")).toBe("nothing appeared, vanished or moved\n");
  });

  it.each([
    [["--explain", "web"], '--explain: "web": expected CLIENT->SERVER, such as api->db'],
    [["--explain", "web->db"], "no dependency web → db; web depends on api & co"],
    [["--explain", "db->web"], "db depends on nothing in the window"],
    [["--format", "svg"], "Allowed choices are table, dot, json, graphml"],
    [["--format", "dot", "--json"], "cannot be used with option"],
    [["diff", "2022-10-27T16:05:00Z"], "expected diff T1 T2, two times such as 2026-11-25T10:00:00Z"],
    [["diff", "yesterday", "today"], "yesterday: Expected a time such as 2026-11-25T10:00:00Z."],
    [["paint"], "paint: expected diff T1 T2"],
  ])("%j exits 2 and says what was expected", async (args, message) => {
    const { code, err } = await firebreak(["graph", ...args], { cwd });
    expect(err).toContain(message);
    expect(code).toBe(2);
  });
});
