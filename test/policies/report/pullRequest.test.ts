import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plan } from "../../../planner/plan.js";
import type { Decision } from "../../../planner/types.js";
import { readHeader } from "../../../policies/comment/header.js";
import { pathGraph } from "../../../policies/report/mermaid.js";
import { reportPullRequest } from "../../../policies/report/pullRequest.js";
import { input, shop } from "../../planner/example.js";
import { hostileReport, hostileTexts } from "./hostile.js";
import { render } from "./rendered.js";

const decision = plan(input(shop()));
const web = "urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::web";

describe("the comment on a pull request", () => {
  it("says in one line how risk changes, by how many changes, and the verdict", () => {
    const highest = (risks: number[]) => `${(Math.max(...risks) * 100).toFixed(2)} %`;
    const before = highest(decision.instances.filter((i) => !i.added).map((i) => i.before.risk));
    const after = highest(decision.instances.flatMap((i) => (i.after === null ? [] : [i.after.risk])));
    expect(reportPullRequest({ decision })).toContain(
      `### Firebreak: \`shop/dev\`\n\nHighest risk **${before} → ${after}** (threshold 5.00 %), **1 change**, verdict **pass**.\n`,
    );
  });

  it("shows each change with its risk before and after and the reason, and its failure path as a graph", () => {
    const [change] = decision.changes;
    const text = reportPullRequest({ decision });
    const { tables, code } = render(text);
    expect(tables[0]?.[1]?.slice(0, 3)).toEqual(["replicas", "`catalog`", "`1` → `2`"]);
    expect(tables[0]?.[1]?.[3]).toBe("6.42 % → 4.63 %");
    expect(tables[0]?.[1]?.[5]).toBe(change?.reason);
    expect(code).toContain('graph LR\n  n0["catalog-0"]\n  n1["frontend-1"]\n  n0 --> n1');
  });

  it("folds away what replays it, the verdicts, the resources and what was refused", () => {
    const text = reportPullRequest({
      decision: {
        ...decision,
        data: { ...decision.data, from: "2026-01-01T00:00:00Z", to: "2026-01-01T12:00:00Z", rows: 69070 },
        refusals: [
          { kind: "replicas", service: "cart", from: 1, to: 2, reason: "ownedByOther", detail: "an HPA owns it" },
        ],
        verdicts: [
          ...decision.verdicts,
          { service: "new", target: null, asWritten: "unknown", withChanges: "unknown", reason: "no traffic was seen" },
        ],
      },
      run: {
        steps: [
          { urn: web, op: "update", type: "Deployment", diff: [{ path: "spec.replicas", from: 1, to: 2 }] },
          { urn: web, op: "same", type: "Deployment", diff: [] },
          { urn: web, op: "update", type: "Secret", diff: [{ path: "data.key", from: "[secret]", to: "[secret]" }] },
        ],
        violations: [{ pack: "gate", policy: "risk", level: "mandatory", urn: web, message: "web is over" }],
        warnings: ["the provider is old"],
      },
    });
    const titles = [...text.matchAll(/<summary>(.*)<\/summary>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      "Policy violations (1)",
      "What is unknown, and so not safe (1)",
      "Not changed (1)",
      "Decision",
      "Verdicts (3)",
      "Failure paths",
      "Resources",
      "Warnings (2)",
    ]);
    for (const part of [decision.id, "2026-01-01T00:00:00Z to 2026-01-01T12:00:00Z", "69070"])
      expect(text).toContain(part);
    expect(text).toContain("| worlds | 4000 |\n| seed | 1 |");
    expect(text).toContain("| replicas | `cart` | `1` → `2` | `ownedByOther` | an HPA owns it |");
    expect(text).toContain(
      '! update Deployment web\n    spec.replicas: 1 → 2\n! update Secret web\n    data.key: "[secret]"',
    );
    expect(text).toContain("| `gate/risk` | mandatory | `web` | web is over |");
    expect(text).toContain("verdict **unknown**");
  });

  it("shows the diff of the program's own objects where no engine ran, and says where nothing changes", () => {
    const manifests = "--- a/x\n+++ b/x\n-  replicas: 1\n+  replicas: 2\n";
    expect(reportPullRequest({ decision, run: { manifests } })).toContain(`\`\`\`diff\n${manifests}\`\`\``);
    expect(reportPullRequest({ decision, run: { manifests: "" } })).toContain("No object of the program changes.");
    expect(reportPullRequest({ decision, run: { steps: [] } })).toContain("The stack does not change.");
  });

  it("says why a gate stopped the preview, and judges by other verdicts where they are given", () => {
    const text = reportPullRequest({
      decision,
      run: { blocked: "policy blocks this preview:\n  gate/risk on web: over" },
      verdicts: [{ service: "web", target: null, asWritten: "fail", withChanges: "fail", reason: "over" }],
    });
    expect(text).toContain("**The preview was stopped:** policy blocks this preview: `gate/risk` on web: over\n");
    expect(text).toContain("verdict **fail**");
    expect(text).not.toContain("`catalog` | pass");
  });

  const calm: Decision = {
    ...decision,
    changes: [],
    refusals: [],
    verdicts: decision.verdicts.map((v) => ({ ...v, withChanges: "pass" })),
  };
  it.each<[string, Parameters<typeof reportPullRequest>[0], boolean]>([
    ["a change", { decision }, false],
    ["nothing", { decision: calm }, true],
    [
      "steps of the program's own",
      { decision: calm, run: { steps: [{ urn: web, op: "create", type: "x", diff: [] }] } },
      true,
    ],
    [
      "a refusal",
      { decision: { ...calm, refusals: [{ kind: "replicas", service: "a", reason: "freeze", detail: "" }] } },
      false,
    ],
    ["no service judged", { decision: { ...calm, verdicts: [] } }, false],
    ["a stop", { decision: calm, run: { blocked: "no" } }, false],
    [
      "a violation",
      { decision: calm, run: { violations: [{ pack: "p", policy: "q", level: "warning", message: "" }] } },
      false,
    ],
  ])("tells the next run whether there is anything to say: %s", (_, report, quiet) => {
    const { header } = readHeader(reportPullRequest(report)) ?? {};
    expect(header).toMatchObject({ project: "shop", stack: "dev", decision: decision.id, quiet });
    expect(header?.changes).toBe(report.decision.changes.length);
  });
});

describe("names and messages of others are never read as Markdown", () => {
  const titles = new Set([
    "Firebreak",
    "Policy violations (1)",
    "What is unknown, and so not safe (1)",
    "Not changed (2)",
    "Decision",
    "Verdicts (3)",
    "Failure paths",
    "Resources",
    "Objects",
    "Warnings (2)",
  ]);
  const columns = [6, 4, 3, 5, 2, 4, 1];

  function assertHarmless(text: string): void {
    const report = hostileReport(decision, text);
    const markdown = reportPullRequest(report);
    const seen = render(markdown);
    const own = /^(<!-- -->|<\/?(details|summary|code)>)$/;
    expect(seen.tags.filter((tag) => !own.test(tag))).toEqual([]);
    expect(seen.tags.filter((tag) => tag === "<!-- -->")).toHaveLength(1);
    expect(seen.tags.filter((tag) => tag === "<details>")).toHaveLength(titles.size - 1);
    expect(seen.headings).toHaveLength(1);
    expect([...seen.types].filter((type) => /link|image|list|blockquote|hr|def|del|em|checkbox/.test(type))).toEqual(
      [],
    );
    expect(seen.tables.map((rows) => rows[0]?.length)).toEqual(columns);
    for (const rows of seen.tables) for (const row of rows) expect(row).toHaveLength(rows[0]?.length ?? 0);
    // Where the sites look, nothing is left that they would act on.
    expect(seen.open).not.toMatch(/@|#\d|https?:|www\.|gh-\d|:\w+:|[~!&$%]\w|[*_`|<>\\]\w|\b[\da-f]{7,40}\b/i);
    // GitLab runs a line that begins so as a command.
    expect(markdown).not.toMatch(/^\s*\//m);
    expect(markdown.replace(/\n/g, "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    expect(readHeader(markdown)?.header).toMatchObject({ project: text, stack: text });
    expect(markdown.match(/firebreak:comment/g)?.length ?? 0).toBeGreaterThan(0);
  }

  it.each(hostileTexts)("%s", (_, text) => assertHarmless(text));

  it("any text at all", () => {
    const sign = fc.oneof(fc.constantFrom(..."`|\\<>@#[]()*_~:&;!/\n\r \"'-$%=+."), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(fc.string({ unit: sign, maxLength: 40 }), (text) => assertHarmless(text)),
      { numRuns: 150 },
    );
  });

  it("keeps plain names readable", () => {
    const report = hostileReport(decision, "checkout-service_v2.1");
    expect(reportPullRequest(report)).toContain("| replicas | `checkout-service_v2.1` |");
  });

  it("writes a graph whose labels hold letters, digits and numeric references only", () => {
    for (const [, text] of hostileTexts) {
      for (const line of pathGraph([text, text]))
        expect(line).toMatch(/^(graph LR| {2}n\d+(\["(?:[\p{L}\p{N} ._…-]|#\d+;)*"\]| --> n\d+))$/u);
    }
  });
});
