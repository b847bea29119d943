import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { marked } from "marked";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rules } from "../../policies/rules/index.js";
import { parseXml } from "../policies/report/xml.js";
import { sample } from "../policies/samples.js";
import { changeOf, decisionOf } from "../provider/decisions.js";
import { firebreak } from "./terminal.js";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "firebreak-hostile-"));
  mkdirSync(join(cwd, ".firebreak"));
  const decision = decisionOf({ project: "shop", stack: "dev" }, [changeOf("web", 3)], {
    createdAt: "2026-11-25T09:50:00Z",
  });
  writeFileSync(join(cwd, ".firebreak/decision.json"), JSON.stringify(decision));
  const judged = ["decision-in-force", "risk-over-threshold"];
  const others = rules.filter(({ id }) => !judged.includes(id)).map(({ id }) => [id, { level: "disabled" }]);
  writeFileSync(join(cwd, "firebreak.yaml"), JSON.stringify({ policy: { rules: Object.fromEntries(others) } }));
});
afterAll(() => rmSync(cwd, { recursive: true }));

type Flag = "--pulumi-preview" | "--pulumi-plan" | "--terraform-plan";
const text = (value: unknown) => (Buffer.isBuffer(value) || typeof value === "string" ? value : JSON.stringify(value));

async function check(flag: Flag, content: unknown, ...more: string[]) {
  writeFileSync(join(cwd, "plan.json"), text(content));
  return firebreak(["check", flag, "plan.json", ...more], { cwd });
}

const token = "kubernetes:apps/v1:Deployment";
const urn = (name: string, stack = "dev") => `urn:pulumi:${stack}::shop::${token}::${name}`;
const step = (name: string, spec: unknown = { replicas: 2 }, more: object = {}) => ({
  op: "create",
  urn: urn(name),
  newState: { urn: urn(name), type: token, inputs: { metadata: { name }, spec } },
  ...more,
});
const preview = (...steps: unknown[]) => ({ steps, changeSummary: { create: steps.length } });
const change = (name: string, after: unknown, more: object = {}) => ({
  address: `kubernetes_deployment.${name}`,
  mode: "managed",
  type: "kubernetes_deployment",
  name,
  change: { actions: ["create"], before: null, after, after_unknown: {}, after_sensitive: {} },
  ...more,
});
const terraform = (...changes: unknown[]) => ({ format_version: "1.2", planned_values: {}, resource_changes: changes });
const plan = (resourcePlans: unknown) => ({ manifest: {}, resourcePlans });
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

const previewCommand = "`pulumi preview --json --show-sames > preview.json`";
const terraformCommand = "`terraform plan -out plan.tfplan`, then `terraform show -json plan.tfplan > plan.json`";

describe("a malformed or hostile plan", () => {
  it.each<[string, Flag, unknown, string[]]>([
    ["nothing", "--pulumi-preview", "", ["line 1, column 1: is empty; expected a JSON document"]],
    ["white space", "--terraform-plan", "\n \n", ["line 1, column 1: is empty; expected a JSON document"]],
    ["a byte order mark alone", "--pulumi-preview", "\ufeff", ["line 1, column 1: is empty; expected a JSON document"]],
    [
      "a cut preview",
      "--pulumi-preview",
      JSON.stringify(preview(step("web"))).slice(0, 90),
      ["line 1, column 91: the document ends too early; expected a field name in double quotes"],
    ],
    [
      "a cut plan",
      "--terraform-plan",
      JSON.stringify(terraform(change("web", {}))).slice(0, -1),
      ['line 1, column 263: the document ends too early; expected "," or the closing bracket'],
    ],
    [
      "two documents",
      "--pulumi-preview",
      `${JSON.stringify(preview())}\n${JSON.stringify(preview())}`,
      ["line 2, column 1: found something else; expected nothing more after the document"],
    ],
    [
      "a list",
      "--pulumi-preview",
      [],
      [`(top): expected the output of \`pulumi preview --json\`, a JSON object; make a preview with ${previewCommand}`],
    ],
    [
      "a number",
      "--terraform-plan",
      "3",
      [`(top): expected the output of \`terraform show -json\` of a saved plan, a JSON object; ${terraformCommand}`],
    ],
    [
      "an object of no kind",
      "--pulumi-preview",
      {},
      [`(top): expected the output of \`pulumi preview --json\`; make a preview with ${previewCommand}`],
    ],
    [
      "bytes that are no UTF-8",
      "--pulumi-preview",
      Buffer.from([0x7b, 0x0a, 0x22, 0xc3, 0x28, 0x22, 0x7d]),
      ["line 2: is not UTF-8; make it again, or convert it"],
    ],
    [
      "a zip file, as Terraform saves plans",
      "--terraform-plan",
      Buffer.from("PK\u0003\u0004\u00ff", "latin1"),
      [`(top): is a zip file, as \`terraform plan -out\` writes it: ${terraformCommand}`],
    ],
    ["what gzip makes", "--pulumi-preview", gzipSync("{}"), ["(top): is compressed with gzip; unpack it first"]],
    [
      "a preview for people",
      "--pulumi-preview",
      "Previewing update (dev)\n\n     Type  Name\n",
      [`(top): is a preview for people: make a preview with ${previewCommand}`],
    ],
    [
      "a coloured plan for people",
      "--terraform-plan",
      "\u001b[0m\u001b[1mTerraform will perform\u001b[0m the following actions",
      [`(top): is a plan for people: ${terraformCommand}`],
    ],
    [
      "the log of terraform plan -json",
      "--terraform-plan",
      '{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":"info"}\n',
      [`(top): is the log of \`terraform plan -json\`: ${terraformCommand}`],
    ],
    [
      "the log of the engine",
      "--pulumi-preview",
      '{"sequence":0,"timestamp":1,"preludeEvent":{}}\n{"sequence":1}\n',
      [
        `(top): is a log of Pulumi's engine: make a preview with ${previewCommand}, with PULUMI_ENABLE_STREAMING_JSON_PREVIEW unset`,
      ],
    ],
    [
      "a manifest",
      "--pulumi-preview",
      "apiVersion: v1\nkind: Pod\n",
      ["(top): is YAML; a folder of Kubernetes manifests goes with --manifests"],
    ],
    [
      "an error page",
      "--pulumi-preview",
      "<html><body>502</body></html>",
      ["(top): is a page or XML, no JSON: look at what made it"],
    ],
    [
      "a Terraform plan as a preview",
      "--pulumi-preview",
      terraform(),
      ["(top): is a Terraform plan, expected the output of `pulumi preview --json`; give it with --terraform-plan"],
    ],
    [
      "a preview as a Terraform plan",
      "--terraform-plan",
      preview(),
      [
        "(top): is a Pulumi preview, expected the output of `terraform show -json` of a saved plan; give it with --pulumi-preview",
      ],
    ],
    [
      "a saved plan as a preview",
      "--pulumi-preview",
      plan({}),
      ["(top): is a plan file of Pulumi, expected the output of `pulumi preview --json`; give it with --pulumi-plan"],
    ],
    [
      "a stack's state",
      "--pulumi-preview",
      { version: 3, deployment: {} },
      [
        `(top): is a stack's exported state, expected the output of \`pulumi preview --json\`; make a preview with ${previewCommand}`,
      ],
    ],
    [
      "a Terraform state",
      "--terraform-plan",
      { version: 4, terraform_version: "1.11.4", lineage: "x" },
      [
        `(top): is a Terraform state, expected the output of \`terraform show -json\` of a saved plan; ${terraformCommand}`,
      ],
    ],
    [
      "a decision",
      "--pulumi-preview",
      { schema: "firebreak.decision/v1" },
      [
        "(top): is a Firebreak file, expected the output of `pulumi preview --json`; a decision goes with --decision, a baseline with --baseline",
      ],
    ],
    [
      "a Kubernetes object",
      "--terraform-plan",
      { apiVersion: "v1", kind: "Pod" },
      [
        "(top): is a Kubernetes object, expected the output of `terraform show -json` of a saved plan; give its folder with --manifests",
      ],
    ],
    [
      "nesting that would fill a stack",
      "--pulumi-preview",
      `{"steps":[${nested(100_000)}]}`,
      ["line 1: is nested more than 256 levels deep; no tool writes such a file: make it again"],
    ],
    [
      "brackets that never close",
      "--terraform-plan",
      `{"resource_changes":${"[".repeat(1_000_000)}`,
      ["line 1: is nested more than 256 levels deep; no tool writes such a file: make it again"],
    ],
    [
      "steps that are no list",
      "--pulumi-preview",
      { steps: { a: 1 }, changeSummary: {} },
      [
        "steps[a]: is a number, expected an object; make the preview again",
        "steps: is an object, expected a list; make the preview again",
      ],
    ],
    [
      "steps of every wrong kind, all named",
      "--pulumi-preview",
      preview(
        null,
        { op: 3 },
        { op: "create" },
        { op: "create", urn: "web" },
        step("web", {}, { newState: [] }),
        step("web", {}, { newState: { inputs: "hunter2" } }),
        step("web", {}, { oldState: 1 }),
      ),
      [
        "steps[0]: is null, expected an object; make the preview again",
        "steps[1].op: is a number, expected text; make the preview again",
        "steps[2].urn: is nothing, expected a URN; make the preview again",
        "steps[3].urn: is text, expected a URN; make the preview again",
        "steps[4].newState: is a list, expected an object; make the preview again",
        "steps[5].newState.inputs: is text, expected an object; make the preview again",
        "steps[6].oldState: is a number, expected an object; make the preview again",
      ],
    ],
    [
      "inputs that are a secret as a whole",
      "--pulumi-preview",
      preview(
        step(
          "web",
          {},
          {
            newState: {
              inputs: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "hunter2" },
            },
          },
        ),
      ),
      ["steps[0].newState.inputs: is an object, expected an object; make the preview again"],
    ],
    [
      "one URN for two resources",
      "--pulumi-preview",
      preview(step("web"), step("api"), step("web")),
      ["steps[2].urn: is the resource of steps[0], too: two resources have one URN; give one another name"],
    ],
    [
      "resources of two stacks",
      "--pulumi-preview",
      preview(step("web"), { ...step("api"), urn: urn("api", "prod") }),
      ["(top): holds resources of shop/dev and of shop/prod; check one stack at a time"],
    ],
    [
      "a preview that failed",
      "--pulumi-preview",
      { ...preview(step("web")), diagnostics: [{ severity: "error", message: "hunter2" }, { severity: "info" }] },
      [
        "diagnostics: the preview ended with 1 errors, so it does not show all that is planned; mend them and make it again",
      ],
    ],
    [
      "a plan that failed",
      "--terraform-plan",
      { ...terraform(change("web", {})), errored: true },
      ["errored: the plan ended with an error, so it does not show all that is planned; mend it and plan again"],
    ],
    [
      "changes of every wrong kind, all named",
      "--terraform-plan",
      terraform(
        7,
        { mode: "managed" },
        change("a", {}, { type: 1 }),
        change("b", {}, { name: null }),
        change("c", {}, { change: "x" }),
        change("d", {}, { change: { actions: "create" } }),
        change("e", "hunter2"),
      ),
      [
        "resource_changes[0]: is a number, expected an object; make the plan again",
        "resource_changes[1].address: is nothing, expected text; make the plan again",
        "resource_changes[2].type: is a number, expected text; make the plan again",
        "resource_changes[3].name: is null, expected text; make the plan again",
        "resource_changes[4].change: is text, expected an object; make the plan again",
        "resource_changes[5].change.actions: is text, expected a list; make the plan again",
        "resource_changes[6].change.after: is text, expected an object; make the plan again",
      ],
    ],
    [
      "one address twice",
      "--terraform-plan",
      terraform(change("web", {}), change("web", {})),
      ["resource_changes[1].address: is there twice; make the plan again"],
    ],
    [
      "a list of changes given twice",
      "--terraform-plan",
      '{"planned_values":{},"resource_changes":[],"resource_changes":[]}',
      ["resource_changes: is there twice; make the file again"],
    ],
    [
      "a saved plan with keys that are no URN",
      "--pulumi-plan",
      plan({ __proto__: null, constructor: {}, web: {} }),
      [
        'resourcePlans["constructor"]: is no URN; save the plan again',
        'resourcePlans["web"]: is no URN; save the plan again',
      ],
    ],
    [
      "a saved plan with one URN twice",
      "--pulumi-plan",
      `{"manifest":{},"resourcePlans":{"${urn("a")}":{"steps":["same"],"goal":{}},"${urn("a")}":{"steps":["same"],"goal":{}}}}`,
      [`resourcePlans["${urn("a")}"]: is there twice; save the plan again`],
    ],
    [
      "saved plans of every wrong kind, all named",
      "--pulumi-plan",
      plan({
        [urn("a")]: 1,
        [urn("b")]: { steps: "same" },
        [urn("c")]: { steps: ["same"] },
        [urn("d")]: { steps: ["same"], goal: {}, state: "hunter2" },
        [urn("e")]: { steps: ["update"], goal: { inputDiff: { updates: "hunter2" } } },
      }),
      [
        `resourcePlans["${urn("a")}"]: is a number, expected an object; save the plan again`,
        `resourcePlans["${urn("b")}"].steps: is text, expected a list; save the plan again`,
        `resourcePlans["${urn("c")}"].goal: is nothing, expected an object; save the plan again`,
        `resourcePlans["${urn("d")}"].state: is text, expected an object; save the plan again`,
        `resourcePlans["${urn("e")}"].goal.inputDiff: is an object, expected adds, updates and deletes; save the plan again`,
      ],
    ],
    [
      "resource plans that are a list",
      "--pulumi-plan",
      plan([1]),
      [
        "resourcePlans[0]: is no URN; save the plan again",
        "resourcePlans: is a list, expected an object; save the plan again",
      ],
    ],
  ])("of %s exits 2 and says what, without a value of it", async (_title, flag, content, problems) => {
    const { code, out, err } = await check(flag, content);
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    expect(err).toBe(`firebreak: plan.json: ${count}\n${problems.map((problem) => `  ${problem}\n`).join("")}`);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});

/** The verdict and message of each finding. */
async function findings(flag: Flag, content: unknown): Promise<[string, string][]> {
  const { out, err } = await check(flag, content, "--json");
  expect(err).toBe("");
  return JSON.parse(out).findings.map((f: { verdict: string; message: string }) => [
    f.verdict,
    f.message.split(":")[1]?.trim(),
  ]);
}

describe("an odd plan", () => {
  const fails = [["fail", "2 replicas, and the decision asks for 3"]];
  const unknown = [
    [
      "unknown",
      "whether it runs the 3 replicas of the decision is not known yet. web would fall with its host (host/n1 → web-0)",
    ],
  ];
  const absent = [
    ["unknown", "the plan does not show it, so whether it runs the 3 replicas of the decision is not known"],
  ];
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "x" };
  const bom = (encoding: "utf8" | "utf16le") => Buffer.from(`\ufeff${JSON.stringify(preview(step("web")))}`, encoding);

  it.each<[string, Flag, unknown, unknown[]]>([
    ["with a byte order mark", "--pulumi-preview", bom("utf8"), fails],
    ["in UTF-16, as Windows PowerShell writes it", "--pulumi-preview", bom("utf16le"), fails],
    ["in UTF-16 of the other order", "--pulumi-preview", bom("utf16le").swap16(), fails],
    ["without any step", "--pulumi-preview", { changeSummary: {} }, absent],
    ["with steps that are null", "--pulumi-preview", { steps: null, changeSummary: {} }, absent],
    ["without any change", "--terraform-plan", { format_version: "1.2", planned_values: {} }, absent],
    [
      "without inputs",
      "--pulumi-preview",
      preview(step("web", {}, { newState: {} })),
      [["fail", "1 replicas, and the decision asks for 3"]],
    ],
    [
      "with an unknown count",
      "--pulumi-preview",
      preview(step("web", { replicas: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" })),
      unknown,
    ],
    ["with an unknown spec", "--pulumi-preview", preview(step("web", "04da6b54-80e4-46f7-96ec-b56ff0331ba9")), unknown],
    ["with a secret count", "--pulumi-preview", preview(step("web", { replicas: "[secret]" })), unknown],
    ["with a secret spec as states have it", "--pulumi-preview", preview(step("web", secret)), unknown],
    ["with a count that is text", "--pulumi-preview", preview(step("web", { replicas: "3" })), unknown],
    [
      "with a count that is no number",
      "--pulumi-preview",
      JSON.stringify(preview(step("web"))).replace('"replicas":2', '"replicas":1e999'),
      unknown,
    ],
    ["with a count that is a list", "--pulumi-preview", preview(step("web", { replicas: [3] })), unknown],
    [
      "with a spec that is text",
      "--pulumi-preview",
      preview(step("web", "3 replicas")),
      [["fail", "1 replicas, and the decision asks for 3"]],
    ],
    [
      "with a count after __proto__",
      "--pulumi-preview",
      JSON.stringify(preview(step("web"))).replace('"spec":{"replicas":2}', '"__proto__":{"spec":{"replicas":9}}'),
      [["fail", "1 replicas, and the decision asks for 3"]],
    ],
    [
      "with a spec of __proto__",
      "--pulumi-preview",
      JSON.stringify(preview(step("web"))).replace('{"replicas":2}', '{"__proto__":{"replicas":9}}'),
      [["fail", "1 replicas, and the decision asks for 3"]],
    ],
    [
      "with fields of a later version",
      "--pulumi-preview",
      { ...preview(step("web", { replicas: 2 }, { newField: [{}] })), config: {}, more: null },
      fails,
    ],
    [
      "with an unknown count of Terraform",
      "--terraform-plan",
      terraform(
        change(
          "web",
          { spec: [{ replicas: null }] },
          {
            change: {
              actions: ["create"],
              before: null,
              after: { spec: [{}] },
              after_unknown: { spec: [{ replicas: true }] },
              after_sensitive: {},
            },
          },
        ),
      ),
      unknown,
    ],
    [
      "with a sensitive count of Terraform",
      "--terraform-plan",
      terraform(
        change(
          "web",
          {},
          {
            change: {
              actions: ["create"],
              before: null,
              after: { spec: [{ replicas: "2" }] },
              after_unknown: {},
              after_sensitive: { spec: true },
            },
          },
        ),
      ),
      unknown,
    ],
    [
      "with a count of Terraform that is text",
      "--terraform-plan",
      terraform(change("web", { spec: [{ replicas: "2" }] })),
      fails,
    ],
    [
      "with masks of another shape",
      "--terraform-plan",
      terraform(
        change(
          "web",
          {},
          {
            change: {
              actions: ["create"],
              before: null,
              after: { spec: [{ replicas: "2" }] },
              after_unknown: [1],
              after_sensitive: { spec: { replicas: 1 } },
            },
          },
        ),
      ),
      fails,
    ],
    [
      "with blocks that are empty",
      "--terraform-plan",
      terraform(change("web", { metadata: [], spec: [] })),
      [["fail", "1 replicas, and the decision asks for 3"]],
    ],
    [
      "with blocks that are null",
      "--terraform-plan",
      terraform(change("web", { metadata: [null], spec: null })),
      [["fail", "1 replicas, and the decision asks for 3"]],
    ],
  ])("%s is judged", async (_title, flag, content, expected) =>
    expect(await findings(flag, content)).toEqual(expected),
  );

  it("with 1,000 levels of harmless nesting below the limit's depth is judged quickly and whole", async () => {
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, JSON.parse(nested(200))]));
    expect(await findings("--pulumi-preview", preview(step("web", { replicas: 2, wide })))).toEqual(fails);
  });
});

describe("a hostile name", () => {
  const names = [
    "ünïcödé-名前-🧯",
    "__proto__",
    "constructor",
    "a::b::c",
    "",
    " ",
    "x\u001b[31mred\u001b]0;title\u0007",
    "x\n::error file=a.ts::injected\r\n##[group]x",
    "x`|*_~<img src=x onerror=1>[a](javascript:b)@all #1",
    ']]></failure><testcase name="y"/>&lol;',
    "\u202egpj.exe\u2066",
    "x".repeat(100_000),
    "*",
  ];

  /** What the report itself is made of, as a reader of Markdown sees it: no link, no picture, nothing of others. */
  const markdownTags = new Set([
    "h3",
    "strong",
    "p",
    "code",
    "table",
    "thead",
    "tr",
    "th",
    "tbody",
    "td",
    "details",
    "summary",
    "ul",
    "li",
  ]);

  it.each(names.map((name) => [JSON.stringify(name.slice(0, 40)), name]))(
    "%s reaches every report, and breaks out of none",
    async (_title, name) => {
      writeFileSync(
        join(cwd, "decision.json"),
        JSON.stringify(
          decisionOf({ project: "shop", stack: "dev" }, [changeOf(name, 3, { path: [name], reason: name })], {
            createdAt: "2026-11-25T09:50:00Z",
          }),
        ),
      );
      const formats = ["sarif", "junit", "github", "markdown", "json"].flatMap((format) => [
        "--format",
        `${format}=out.${format}`,
      ]);
      const { code, out, err } = await check(
        "--pulumi-preview",
        preview(step(name)),
        "--decision",
        "decision.json",
        ...formats,
        "--format",
        "text",
      );
      expect({ code, err }).toEqual({ code: 3, err: "" });
      const read = (format: string) => readFileSync(join(cwd, `out.${format}`), "utf8");
      expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u);
      const [finding] = JSON.parse(read("json")).findings;
      expect(finding.resource.name).toBe(name);
      expect(JSON.parse(read("sarif")).runs[0].results[0].locations[0].logicalLocations[0].name).toBe(name);
      const root = parseXml(read("junit"));
      expect(root.attributes).toMatchObject({ tests: "4", failures: "1" });
      expect(read("github").split("\n")).toHaveLength(3);
      const html = await marked.parse(read("markdown"));
      expect(new Set([...html.matchAll(/<([a-z]\w*)/g)].map(([, tag]) => tag))).toEqual(markdownTags);
      expect(read("markdown")).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u);
    },
  );
});

describe("the engine's own output", () => {
  it.each([
    ["--pulumi-preview", "pulumi/create.json"],
    ["--pulumi-preview", "pulumi/show-sames.json"],
    ["--pulumi-plan", "pulumi/plan.json"],
    ["--terraform-plan", "terraform/builtin-change.json"],
    ["--terraform-plan", "terraform/workloads.json"],
  ] as const)("of %s %s, cut anywhere, exits 2", async (flag, name) => {
    const whole = sample(name);
    for (let i = 1; i <= 20; i++) {
      const { code, err } = await check(flag, whole.subarray(0, Math.floor((whole.length * i) / 21)));
      expect(code).toBe(2);
      expect(err).toMatch(/^firebreak: plan\.json: 1 problem\n {2}line \d+, column \d+: /);
    }
  });
});
