import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Topology } from "../../graph/types.js";
import { randomTopology } from "../simulator/topologies.js";
import { firebreak } from "./terminal.js";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "firebreak-interrupt-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

/** Every instance takes all before it along: one chunk of worlds is minutes of work. */
function chain(length: number): Topology {
  const nodes = Array.from({ length }, (_, i) => ({ id: `i${i}`, service: `s${i}`, criticality: 1, prior: 0.5 }));
  return {
    directed: true,
    graph: { utilisationLimit: 1 },
    services: nodes.map(({ service }) => ({ id: service, reserved: 0, collapse: 1 })),
    domains: [],
    nodes,
    links: nodes.slice(1).map(({ id }, i) => ({ source: `i${i}`, target: id, share: 1, coupling: 1, failover: 0 })),
  };
}

/** The command line in a process of its own, with a terminal that shows progress. */
const script = `
  const { run } = await import(${JSON.stringify(new URL("../../cli/main.ts", import.meta.url).href)});
  const { processTerminal } = await import(${JSON.stringify(new URL("../../cli/output.ts", import.meta.url).href)});
  process.exitCode = await run(["node", "firebreak", ...process.argv.slice(1)], { ...processTerminal(), interactive: true });
`;

/** Sends SIGINT when progress has been shown for a while, and waits for the end. */
async function interrupt(topology: Topology, ...flags: string[]) {
  const file = join(cwd, "topology.json");
  writeFileSync(file, JSON.stringify(topology));
  const args = ["--import", "tsx", "--input-type=module", "-e", script, "--"];
  const child = spawn(process.execPath, [...args, "simulate", "--topology", file, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err, sentAt] = ["", "", 0];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (err === "") {
      setTimeout(() => {
        sentAt = performance.now();
        child.kill("SIGINT");
      }, 1500);
    }
    err += text;
  });
  const code = await new Promise((done) => child.on("close", done));
  return { code, out, err, seconds: (performance.now() - sentAt) / 1000 };
}

describe("Ctrl-C during a simulation", () => {
  it.each([
    ["many worlds on one thread", randomTopology(7, 9), ["--worlds", "50000000", "--threads", "1"]],
    ["many worlds on two threads", randomTopology(7, 9), ["--worlds", "50000000", "--threads", "2"]],
    ["one long chunk on one thread", chain(3000), ["--worlds", "1000", "--threads", "1"]],
    ["a run to a precision", randomTopology(7, 9), ["--precision", "0.000001", "--worlds", "50000000"]],
  ])("stops %s within two seconds, says so and exits with 130", async (_, topology, flags) => {
    const { code, out, err, seconds } = await interrupt(topology, ...flags);
    expect({ code, out }).toEqual({ code: 130, out: "" });
    expect(err).toMatch(/simulating risks: .*\rfirebreak: interrupted\n$/s);
    expect(seconds).toBeLessThan(2);
  });

  it("is listened to while the simulation runs, and no longer", async () => {
    const heard: string[] = [];
    const onInterrupt = (stop: () => void) => {
      heard.push("listens");
      setImmediate(stop);
      return () => heard.push("stops listening");
    };
    const stdin = JSON.stringify(randomTopology(7, 9));
    const args = ["simulate", "--topology", "-", "--worlds", "50000000"];
    const { code, err } = await firebreak(args, { cwd, stdin, onInterrupt });
    expect({ code, err }).toEqual({ code: 130, err: "firebreak: interrupted\n" });
    expect(heard).toEqual(["listens", "stops listening"]);
  });
});

describe("progress", () => {
  it("is shown where people look at stderr, and leaves stdout as it is", async () => {
    const stdin = JSON.stringify(randomTopology(7, 9));
    const args = ["simulate", "--topology", "-", "--worlds", "2000", "--json"];
    const silent = await firebreak(args, { cwd, stdin });
    const shown = await firebreak(args, { cwd, stdin, interactive: true });
    expect(silent.err).toBe("");
    expect(shown.err).toMatch(/^\rsimulating risks: 0 %.*\rsimulated in 0.0 s\n$/s);
    expect(shown.out).toBe(silent.out);
  });
});
