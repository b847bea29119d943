import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { record, testFolder, writeLog } from "../history/flowLogs.js";
import { describeWithS3 } from "../history/storage/bucket.js";
import { firebreak } from "./terminal.js";

const cwd = testFolder();
const filesIn = (history: string) => readdirSync(join(cwd, history, "day=2022-08-20"));

describe("compact", () => {
  it("merges, says what it did, and then has nothing to do", async () => {
    for (const bytes of [1, 2]) await firebreak(["ingest", writeLog(cwd, [record({ bytes })]), "--into", "h"], { cwd });
    const { code, out } = await firebreak(["compact", "--history", "h"], { cwd });
    expect(code).toBe(0);
    expect(out).toBe("checkpoint 1: 4 files became 2, 2 count\nold files: 0 removed, 6 wait for their grace\n");
    const again = await firebreak(["compact", "--history", "h", "--json"], { cwd });
    expect(JSON.parse(again.out)).toMatchObject({ history: join(cwd, "h"), changed: false, files: 2, waiting: 6 });
    const grace = await firebreak(["compact", "--history", "h"], {
      cwd,
      now: Date.parse("2026-11-25T11:00:00Z") / 1000,
    });
    expect(grace.out).toBe("checkpoint 2: 0 files became 0, 2 count\nold files: 6 removed, 0 wait for their grace\n");
    expect(filesIn("h")).toHaveLength(2);
  });

  it("takes retention from the configuration, and says which days it let go", async () => {
    writeFileSync(join(cwd, "short.yaml"), "history: r\ngraph: { keepRaw: 1d, keepSnapshots: 3d }\n");
    const days = [0, 2, 5].map((d) => record({ start: 1_660_953_600 + d * 86_400, end: 1_660_953_660 + d * 86_400 }));
    await firebreak(["ingest", writeLog(cwd, days), "--config", "short.yaml"], { cwd });
    const { out } = await firebreak(["compact", "--config", "short.yaml"], { cwd });
    expect(out).toContain("rows past graph.keepRaw, now summaries: 2022-08-22\n");
    expect(out).toContain("past graph.keepSnapshots, let go: 2022-08-20\n");
  });

  it("runs by itself where an ingest leaves a day with many files", async () => {
    const source = join(cwd, "many");
    mkdirSync(source);
    for (let i = 0; i < 33; i++) writeLog(source, [record({ bytes: i })], `${i}.log`);
    const { code, err } = await firebreak(["ingest", source, "--into", "m"], { cwd });
    expect(code).toBe(0);
    expect(err).toContain("firebreak: compacted the history: 66 files became 2\n");
  });

  it("refuses an interval that no hour is made of, and rows that are kept for longer than their snapshots", async () => {
    writeFileSync(join(cwd, "odd.yaml"), "graph: { interval: 7m, keepRaw: 9d, keepSnapshots: 8d }\n");
    const { code, err } = await firebreak(["compact", "--config", "odd.yaml"], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('graph.interval: "7m": expected a duration that an hour is made of, such as 5m');
    writeFileSync(join(cwd, "odd.yaml"), "graph: { keepRaw: 9d, keepSnapshots: 8d }\n");
    const second = await firebreak(["compact", "--config", "odd.yaml"], { cwd });
    expect(second.err).toContain('graph.keepRaw: "9d": expected no more than keepSnapshots');
  });
});

await describeWithS3("the command line with a history on S3", "commands", (extensions) => {
  it("ingests, compacts, shows the graph, and examines what it needs", async () => {
    const env = { ...process.env, FIREBREAK_DUCKDB_EXTENSIONS: extensions };
    writeFileSync(join(cwd, "s3.yaml"), "history: s3://commands/history\n");
    const call = (...args: string[]) => firebreak([...args, "--config", "s3.yaml"], { cwd, env });
    for (const calls of [1, 2]) {
      const log = writeLog(cwd, ["minute,caller,callee,calls", `27682560,a,b,${calls}`]);
      expect((await call("ingest", log)).code).toBe(0);
    }
    expect((await call("compact")).out).toContain("checkpoint 1: 4 files became 2");
    const { nodes } = JSON.parse((await call("graph", "--json")).out) as { nodes: { id: string }[] };
    expect(nodes.map((n) => n.id)).toEqual(["a", "b"]);
    const { findings } = JSON.parse((await call("doctor", "--json")).out) as { findings: Record<string, string>[] };
    const states = Object.fromEntries(findings.map((f) => [f.part, f.state]));
    expect(states).toMatchObject({ history: "ok", "duckdb httpfs": "ok", "conditional writes": "ok" });
  });
});
