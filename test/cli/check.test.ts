import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashTopology } from "../../graph/hash.js";
import { readTopology } from "../../graph/topology.js";
import type { Decision } from "../../planner/types.js";
import { rules } from "../../policies/rules/index.js";
import { parseXml } from "../policies/report/xml.js";
import { sample, samplePath } from "../policies/samples.js";
import { changeOf, decisionOf } from "../provider/decisions.js";
import { firebreak } from "./terminal.js";

const here = { project: "shop", stack: "dev" };
const createdAt = "2026-11-25T09:50:00Z";
const preview = samplePath("pulumi/show-sames.json");

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "firebreak-check-"));
  mkdirSync(join(cwd, ".firebreak"));
  decide();
  configure();
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** Writes the decision; by default one that asks for 5 replicas of a service that runs 4. */
function decide(more: Partial<Omit<Decision, "id">> = {}, changes = [changeOf("cart", 5)]): void {
  write(".firebreak/decision.json", JSON.stringify(decisionOf(here, changes, { createdAt, ...more })));
}
/** Writes firebreak.yaml with the rules of the decision alone; what others ask for is their own tests' matter. */
function configure(levels: object = {}, more: object = {}): void {
  const judged = ["decision-in-force", "risk-over-threshold"];
  const others = rules.filter(({ id }) => !judged.includes(id)).map(({ id }) => [id, { level: "disabled" }]);
  write("firebreak.yaml", JSON.stringify({ policy: { rules: { ...Object.fromEntries(others), ...levels } }, ...more }));
}
function write(name: string, text: string): void {
  writeFileSync(join(cwd, name), text);
}
const read = (name: string) => readFileSync(join(cwd, name), "utf8");
const check = (args: string[], more: { stdin?: string; now?: number } = {}) =>
  firebreak(["check", ...args], { cwd, ...more });
const report = async (args: string[]) => JSON.parse((await check([...args, "--json"])).out);

describe("check", () => {
  it("exits 3 where a mandatory rule fails, and 0 where none does", async () => {
    const blocked = await check(["--pulumi-preview", preview]);
    expect(blocked).toMatchObject({ code: 3, err: "" });
    expect(blocked.out).toContain("cart: 4 replicas, and the decision asks for 5");
    expect(blocked.out).toMatch(/\nblocked\n$/);
    decide({}, [changeOf("cart", 4)]);
    const passed = await check(["--pulumi-preview", preview]);
    expect(passed).toMatchObject({ code: 0, err: "" });
    expect(passed.out).toMatch(/\nnot blocked\n$/);
  });

  it("reads standard input, the plan file, Terraform's plan and manifests alike", async () => {
    const asked = "the decision asks for 5";
    const stdin = sample("pulumi/preview.json").toString("utf8");
    expect((await check(["--pulumi-preview", "-"], { stdin })).out).toContain(asked);
    expect((await check(["--pulumi-plan", samplePath("pulumi/plan.json")])).out).toContain(asked);
    const terraform = await report(["--terraform-plan", samplePath("terraform/workloads.json")]);
    expect(terraform.source).toBe("terraform");
    expect(terraform.findings[0]).toMatchObject({
      address: "kubernetes_deployment_v1.cart",
      message: expect.stringContaining("3 replicas"),
    });
    mkdirSync(join(cwd, "k8s"));
    write(
      "k8s/cart.yaml",
      "# cart\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: cart }\nspec: { replicas: 2 }\n",
    );
    const manifests = await report(["--manifests", "k8s"]);
    expect(manifests.findings[0]).toMatchObject({
      address: "cart.yaml#Deployment/cart",
      place: { file: "k8s/cart.yaml", line: 2 },
      resource: { operation: "create" },
    });
    mkdirSync(join(cwd, "base"));
    write("base/old.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: cart }\nspec: { replicas: 5 }\n");
    const compared = await report(["--manifests", "k8s", "--base", "base"]);
    expect(compared.findings[0].resource.operation).toBe("update");
  });

  it("takes no decision, and one of another stack, for a finding", async () => {
    rmSync(join(cwd, ".firebreak/decision.json"));
    const missing = await report(["--pulumi-preview", preview]);
    expect(missing.findings.map((f: { rule: string; verdict: string }) => [f.rule, f.verdict])).toEqual(
      expect.arrayContaining([
        ["risk-over-threshold", "unknown"],
        ["decision-in-force", "fail"],
      ]),
    );
    write("other.json", JSON.stringify(decisionOf({ ...here, stack: "prod" }, [], { createdAt })));
    expect((await check(["--pulumi-preview", preview, "--decision", "other.json"])).out).toContain(
      "other.json: boundTo.stack: the decision is for prod, this is dev",
    );
  });

  it.each([
    ["hold", 0],
    ["off", 0],
    ["closed", 3],
  ] as const)("with a stale decision whose fail mode is %s exits %i", async (failMode, code) => {
    decide({ failMode, maxAge: 60 }, []);
    const result = await check(["--pulumi-preview", preview]);
    expect(result.code).toBe(code);
    expect(result.out).toContain(`past its maxAge of 60 s (failMode ${failMode})`);
  });

  it("lets the decision say what unknown means", async () => {
    decide({ unknown: "warn" }, [changeOf("hidden", 3)]);
    expect((await check(["--pulumi-preview", preview])).code).toBe(0);
    decide({ unknown: "fail" }, [changeOf("hidden", 3)]);
    expect((await check(["--pulumi-preview", preview])).code).toBe(3);
  });

  it("does what --fail-on and --soft-fail say", async () => {
    const codes = async (...args: string[]) => (await check(["--pulumi-preview", preview, ...args])).code;
    expect(await codes("--fail-on", "critical")).toBe(3);
    expect(await codes("--fail-on", "none")).toBe(0);
    expect(await codes("--soft-fail")).toBe(0);
    configure({ "risk-over-threshold": { severity: "medium" } });
    expect(await codes("--fail-on", "high")).toBe(0);
    expect(await codes("--fail-on", "medium")).toBe(3);
    configure({ "risk-over-threshold": { level: "advisory" } });
    expect(await codes()).toBe(0);
    expect((await check(["--pulumi-preview", preview, "--soft-fail", "--json"])).out).toContain('"blocked": false');
  });

  it("uses the graph beside the decision only where the decision was made from it", async () => {
    const topology = {
      directed: true,
      graph: {},
      services: [{ id: "cart" }],
      nodes: [{ id: "cart-0", service: "cart" }],
      links: [],
    };
    write(".firebreak/graph.json", JSON.stringify(topology));
    const { out } = await check(["--pulumi-preview", preview]);
    expect(out).toContain(".firebreak/graph.json is not the graph that the decision was made from");
    const graphHash = hashTopology(readTopology(topology, "graph"));
    decide({ data: { from: null, to: null, rows: null, graphHash } });
    expect((await check(["--pulumi-preview", preview])).out).not.toContain("graph.json");
  });

  it.each<[string, string[], RegExp]>([
    ["no plan", [], /plan: none is given; give one of --pulumi-preview, --pulumi-plan, --terraform-plan, --manifests/],
    [
      "two plans",
      ["--pulumi-preview", "a", "--manifests", "b"],
      /plan: --pulumi-preview and --manifests are given; give one/,
    ],
    ["a base without manifests", ["--pulumi-preview", preview, "--base", "b"], /--base: goes with --manifests/],
    ["a file that is not there", ["--pulumi-preview", "nowhere.json"], /nowhere\.json: cannot be read \(ENOENT\)/],
    ["a folder", ["--terraform-plan", "."], /is a folder; one of manifests goes with --manifests/],
    [
      "standard input for two",
      ["--terraform-plan", "-", "--topology", "-"],
      /--terraform-plan and --topology: both read standard input/,
    ],
    ["a severity that is none", ["--fail-on", "worst"], /Allowed choices are low, medium, high, critical, none/],
    [
      "a format that is none",
      ["--pulumi-preview", preview, "--format", "html", "--format", "xml=a"],
      /"html" is none; give one of text, json[\s\S]*"xml" is none/,
    ],
    [
      "two reports on stdout",
      ["--pulumi-preview", preview, "--format", "text", "--json"],
      /two reports go to standard output/,
    ],
    [
      "two reports in one file",
      ["--pulumi-preview", preview, "--format", "sarif=a", "--format", "junit=./a"],
      /two reports go to .*a; give/,
    ],
    ["a format with an empty file", ["--pulumi-preview", preview, "--format", "sarif="], /sarif= names no file/],
    [
      "a baseline without owner and in the past",
      ["--pulumi-preview", preview, "--write-baseline", "b", "--expires", "2020-01-01"],
      /--owner: is missing[\s\S]*--expires: expected a date to come/,
    ],
    ["a baseline that is not there", ["--pulumi-preview", preview, "--baseline", "b.json"], /b\.json: cannot be read/],
  ])("with %s exits 2, says so, and writes nothing", async (_title, args, message) => {
    const { code, out, err } = await check(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
    for (const file of ["a", "b"]) expect(existsSync(join(cwd, file))).toBe(false);
  });

  it("names every problem of policy and exceptions in firebreak.yaml", async () => {
    write(
      "firebreak.yaml",
      `policy: { rules: { no-rule: { level: advisory }, decision-in-force: { level: soft, speed: 3 } } }
exceptions:
  - { rule: risk-over-threshold, target: cart, reason: "", owner: team, expires: 2026-12-31 }
  - { rule: no-rule, target: cart, reason: r, owner: o, expires: soon }
`,
    );
    const { code, err } = await check(["--pulumi-preview", preview]);
    expect(code).toBe(2);
    for (const place of [
      "policy.rules.no-rule",
      "policy.rules.decision-in-force.level",
      "policy.rules.decision-in-force.speed",
      "exceptions[0].reason",
      "exceptions[1].rule",
      "exceptions[1].expires",
    ]) {
      expect(err).toContain(place);
    }
  });
});

describe("reports of a check", () => {
  it("are written whole, all of them, before it fails", async () => {
    const formats = [
      "sarif=r/out.sarif",
      "junit=out.xml",
      "markdown=out.md",
      "github=out.txt",
      "json=out.json",
      "text",
    ];
    const { code, out } = await check([
      "--pulumi-preview",
      preview,
      ...formats.flatMap((format) => ["--format", format]),
    ]);
    expect(code).toBe(3);
    expect(out).toContain("blocked");
    expect(JSON.parse(read("r/out.sarif")).runs[0].results).toHaveLength(1);
    expect(parseXml(read("out.xml")).attributes.failures).toBe("1");
    expect(read("out.md")).toContain("**blocked**");
    expect(read("out.txt")).toContain("::error ");
    expect(JSON.parse(read("out.json")).blocked).toBe(true);
  });

  it("say on stderr how it ended where nothing goes to stdout", async () => {
    const { code, out, err } = await check(["--pulumi-preview", preview, "--format", "sarif=out.sarif"]);
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toBe(
      "firebreak: 8 resources: 2 judgements pass, 1 fail, 0 unknown, 0 let through by exceptions; blocked\n",
    );
  });

  it("to a place that cannot be written exit 2", async () => {
    write("file", "");
    const { code, err } = await check(["--pulumi-preview", preview, "--format", "sarif=file/out.sarif"]);
    expect(code).toBe(2);
    expect(err).toMatch(/file\/out\.sarif: cannot be written \(\w+\)/);
  });

  it("put resources at their place in the repository, also where the project is a folder below", async () => {
    const stdin = JSON.stringify({
      steps: [
        {
          op: "update",
          urn: "urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::cart",
          newState: { inputs: { spec: { replicas: 1 } }, sourcePosition: "project:///src/index.ts#7,3" },
        },
      ],
      changeSummary: {},
    });
    const places = async (...args: string[]) => {
      const { out } = await check(["--pulumi-preview", "-", "--json", ...args], { stdin });
      return JSON.parse(out).findings[0].place;
    };
    expect(await places()).toEqual({ file: "src/index.ts", line: 7 });
    expect(await places("--cwd", "infra")).toEqual({ file: "infra/src/index.ts", line: 7 });
  });
});

describe("exceptions of a check", () => {
  const entry = { rule: "risk-over-threshold", reason: "moves", owner: "team", expires: "2026-12-31" };

  it("come from firebreak.yaml, from annotations and from a baseline", async () => {
    configure({}, { exceptions: [{ ...entry, target: "cart" }] });
    const byFile = await report(["--pulumi-preview", preview]);
    expect([byFile.blocked, byFile.counts.excepted, byFile.findings[0].exception.from]).toEqual([
      false,
      1,
      "firebreak.yaml",
    ]);
    configure();
    write(
      "baseline.json",
      JSON.stringify({ schema: "firebreak.baseline/v1", exceptions: [{ ...entry, target: "*::cart" }] }),
    );
    const byBaseline = await report(["--pulumi-preview", preview, "--baseline", "baseline.json"]);
    expect([byBaseline.blocked, byBaseline.findings[0].exception.from]).toEqual([false, "baseline.json"]);
    mkdirSync(join(cwd, "k8s"));
    const annotation = `firebreak.dev/except: '${JSON.stringify([entry])}'`;
    write(
      "k8s/a.yaml",
      `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: cart\n  annotations:\n    ${annotation}\n`,
    );
    const byAnnotation = await report(["--manifests", "k8s"]);
    expect([byAnnotation.blocked, byAnnotation.findings[0].exception.from]).toEqual([
      false,
      "a.yaml#Deployment/cart: firebreak.dev/except",
    ]);
  });

  it("that expired fail loudly, and those about to expire are named", async () => {
    const at = (day: string) => ({ now: Date.parse(`${day}T10:00:00Z`) / 1000 });
    decide({ maxAge: 1e9 });
    configure({}, { exceptions: [{ ...entry, target: "cart" }] });
    const args = ["--pulumi-preview", preview];
    expect(await check(args, at("2026-12-31"))).toMatchObject({
      code: 0,
      out: expect.stringContaining("expires within 14 days"),
    });
    const late = await check(args, at("2027-01-01"));
    expect(late.code).toBe(3);
    expect(late.out).toContain("the exception from risk-over-threshold for cart expired on 2026-12-31 (team: moves)");
  });

  it("in a broken annotation are all named, and nothing is judged", async () => {
    mkdirSync(join(cwd, "k8s"));
    const annotated = (name: string, value: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, annotations: { firebreak.dev/except: '${value}' } }\n`;
    write("k8s/a.yaml", `${annotated("a", "[{")}---\n${annotated("b", '[{"rule": "x"}]')}`);
    const { code, out, err } = await check(["--manifests", "k8s"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("a.yaml#ConfigMap/a: firebreak.dev/except: expected a list");
    expect(err).toContain("a.yaml#ConfigMap/b: firebreak.dev/except.0.rule");
  });
});

describe("a baseline of a check", () => {
  const args = ["--pulumi-preview", preview, "--owner", "team"];

  it("is written with what is found, is in force at once, and lets the same through the next time", async () => {
    const first = await check([...args, "--write-baseline", "baseline.json", "--reason", "before our time"]);
    expect(first.code).toBe(0);
    expect(JSON.parse(read("baseline.json"))).toEqual({
      schema: "firebreak.baseline/v1",
      exceptions: [
        {
          rule: "risk-over-threshold",
          target: "urn:pulumi:dev::shop::my:app:Comp$kubernetes:apps/v1:Deployment::cart",
          reason: "before our time",
          owner: "team",
          expires: "2027-02-23",
        },
      ],
    });
    expect((await check([...args, "--baseline", "baseline.json"])).code).toBe(0);
    expect((await check(args)).code).toBe(3);
    decide({}, [changeOf("cart", 5), changeOf("left", 9)]);
    expect((await check([...args, "--baseline", "baseline.json"])).code).toBe(3);
  });

  it("is renewed in place: what is still found keeps its expiry, what is mended goes", async () => {
    await check([...args, "--write-baseline", "b.json", "--expires", "2026-12-24"]);
    decide({}, [changeOf("cart", 5), changeOf("left", 9)]);
    await check([...args, "--baseline", "b.json", "--write-baseline", "b.json"]);
    const expiries = () => JSON.parse(read("b.json")).exceptions.map((e: { expires: string }) => e.expires);
    expect(expiries()).toEqual(["2026-12-24", "2027-02-23"]);
    decide({}, [changeOf("left", 9)]);
    await check([...args, "--baseline", "b.json", "--write-baseline", "b.json"]);
    expect(expiries()).toEqual(["2027-02-23"]);
  });
});
