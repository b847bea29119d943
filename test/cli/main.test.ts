import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commands } from "../../cli/commands/index.js";
import { readConfig } from "../../cli/config.js";
import { firebreak } from "./terminal.js";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "firebreak-cli-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const verbs = commands.map((c) => c.usage.split(" ")[0] ?? "");

describe("the command line", () => {
  it("shows every verb in its help and exits 0", async () => {
    const { code, out } = await firebreak(["--help"], { cwd });
    expect(code).toBe(0);
    for (const verb of verbs) expect(out).toContain(`  ${verb}`);
  });

  it.each(verbs)("%s --help shows its usage and exits 0", async (verb) => {
    const { code, out } = await firebreak([verb, "--help"], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^Usage: firebreak ${verb}`));
  });

  it.each(commands.map((c) => [c.usage]))("%s refuses a flag that it does not know with exit 2", async (usage) => {
    const args = usage.replace(/<(\w+)[^>]*>/g, "$1").split(" ");
    const { code, err } = await firebreak([...args, "--no-such-flag"], { cwd });
    expect(code).toBe(2);
    expect(err).toContain("unknown option '--no-such-flag'");
  });

  it("refuses a verb that it does not know with exit 2", async () => {
    const { code, err } = await firebreak(["migrate-everything"], { cwd });
    expect(code).toBe(2);
    expect(err).toContain("unknown command 'migrate-everything'");
  });

  it.each([
    [["simulate", "--worlds", "0"], "Expected a whole number from 1"],
    [["simulate", "--worlds", "1e4"], "Expected a whole number"],
    [["simulate", "--seed", "-1"], "argument"],
    [["graph", "--window", "soon"], "expected a duration such as 90s, 5m, 24h or 7d"],
    [["graph", "--at", "yesterday"], "Expected a time such as 2026-11-25T10:00:00Z"],
    [["plan", "--threshold", "1.5"], "Expected a number from 0 to 1"],
  ])("%j exits 2 and says what was expected", async (args, message) => {
    const { code, err } = await firebreak(args, { cwd });
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("a reader that has seen enough", () => {
  it("ends the command in peace", async () => {
    const child = spawn(process.execPath, ["bin/firebreak.js", "simulate", "--help"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    const code = await new Promise((done) => child.on("close", done));
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });
});

describe("init", () => {
  it("writes a configuration that reads as the defaults", async () => {
    expect((await firebreak(["init"], { cwd })).code).toBe(0);
    const written = readConfig("firebreak.yaml", cwd);
    rmSync(join(cwd, "firebreak.yaml"));
    const defaults = readConfig(undefined, cwd);
    expect({ ...written, file: null }).toEqual(defaults);
  });

  it("takes the project, its stacks and the inventory that are there", async () => {
    writeFileSync(join(cwd, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    writeFileSync(join(cwd, "Pulumi.prod.yaml"), "config: {}\n");
    writeFileSync(join(cwd, "inventory.yaml"), "instances: []\n");
    const { out } = await firebreak(["init"], { cwd });
    expect(out).toContain("Pulumi project shop; stacks prod; inventory inventory.yaml");
    const config = readConfig(undefined, cwd);
    expect(config.stacks).toEqual([{ name: "prod", dir: ".", mode: "observe" }]);
    expect(config.inventory).toBe("inventory.yaml");
  });

  it("leaves a configuration that is there alone", async () => {
    writeFileSync(join(cwd, "firebreak.yaml"), "risk: { threshold: 0.2 }\n");
    const { code, err } = await firebreak(["init"], { cwd });
    expect(code).toBe(2);
    expect(err).toContain("--force");
    expect(readFileSync(join(cwd, "firebreak.yaml"), "utf8")).toBe("risk: { threshold: 0.2 }\n");
  });
});

describe("firebreak.yaml", () => {
  it.each([
    ["risk: { treshold: 0.1 }", "risk.treshold: is not a known field"],
    ["risk: { threshold: 5 }", "risk.threshold: 5: expected 1 or less"],
    ["graph: { window: soon }", 'graph.window: "soon": expected a duration such as 90s, 5m, 24h or 7d'],
    ["stacks: [{ name: dev, mode: yolo }]", 'stacks[0].mode: "yolo": expected observe, advise or enforce'],
    ["simulation: { threads: many }", 'simulation.threads: "many": expected auto or a whole number of 1 or more'],
    ["limits: { freeze: [{ from: tomorrow, to: later }] }", 'limits.freeze[0].from: "tomorrow": expected a time'],
    ['limits: { freeze: [{ cron: "0 18 * * 9", for: 62h }] }', "limits.freeze[0]"],
    ['limits: { freeze: [{ cron: "0 18 * * 5" }] }', "expected either { from, to } or { cron, for, timeZone }"],
    ['limits: { freeze: [{ cron: "0 18 * * 5", for: 1h, timeZone: Mars }] }', '"Mars" is no time zone'],
    [
      "limits: { freeze: [{ from: 2026-12-24T00:00:00Z, to: 2026-12-23T00:00:00Z }] }",
      "ends before it begins; correct from or to",
    ],
    ["stores: { audit: s3 }", 'stores.audit: "s3": expected file:PATH'],
    ["risk: [", "line 2, column 1"],
    ["risk: {}\nrisk: {}", "line 2, column 1"],
  ])("%s is refused with place, value and remedy", async (content, message) => {
    writeFileSync(join(cwd, "firebreak.yaml"), `${content}\n`);
    const { code, err } = await firebreak(["graph"], { cwd });
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
