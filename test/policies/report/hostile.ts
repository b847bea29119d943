import type { Change, Decision } from "../../../planner/types.js";
import type { PullRequestReport } from "../../../policies/report/pullRequest.js";

/** Texts that Markdown, GitHub or GitLab would read something into, each with what it tries. */
export const hostileTexts: readonly (readonly [what: string, text: string])[] = [
  ["a cell's end", "api | **approved** | x"],
  ["an escaped cell's end", "api\\| x \\\\| y"],
  ["an end of code", "a`b``c` <b>x</b>"],
  ["HTML", '<img src=x onerror="alert(1)"><script>alert(1)</script>'],
  ["an end of details", "</details><details open>"],
  ["an HTML comment", "<!-- hidden --> -->"],
  ["a forged header", '<!-- firebreak:comment {"project":"shop","stack":"dev","changes":0} -->'],
  ["a mention", "@octocat please see @acme/all"],
  ["a mention in brackets", "(@octocat) '@octocat', \"@octocat\""],
  ["a link", "[click](https://evil.example/x)"],
  ["a bare link", "https://evil.example/?a=b and www.evil.example"],
  ["an address", "mailto:a@evil.example a@evil.example"],
  ["an image", "![x](https://evil.example/track.png)"],
  ["a reference", "#1 GH-2 acme/repo#3 !4 &5 ~bug %9 $10"],
  ["a commit", "a5c3785ed8d6a35868bc169f07e40e889087fd2e a5c3785"],
  ["emphasis", "**bold** __init__ *a* ~~gone~~ _x_"],
  ["a heading and a quick action", "x\n# Heading\n/merge\n/approve"],
  ["a table of its own", "x\n\n| a |\n| --- |\n| b |"],
  ["a fence", "x\n```\nout\n~~~~\n````"],
  ["a quote and a list", "> quote\n- item\n1. one"],
  ["emoji", ":tada: a:cat:"],
  ["entities", "&lt;b&gt; &#64;octocat &amp;"],
  ["reading from right to left", "user\u202egnp.exe\u202c \u2066isolated\u2069"],
  ["zero width", "a\u200bb\u2060c\ufeff d\u00ade\u3164"],
  ["control signs", "a\u0007b\u001b[31mred\u0000 \r\n \u2028 \u0085"],
  ["half a character", "x\ud800y"],
  ["mathematics", "$`x`$ $$y$$"],
  ["Mermaid", 'a"] --> b["x"; click a href "https://evil.example" end subgraph'],
  ["a long name", `${"x".repeat(3000)}@octocat`],
  ["long brackets", `${"(".repeat(5000)}${")".repeat(5000)}x`],
  ["blanks", "   "],
  ["nothing", ""],
  ["letters of the world", "répartition 日本語 שלום مرحبا ☃ 🚒"],
];

/** The decision with a text in every place where a name or sentence of others can stand. */
export function hostileReport(base: Decision, text: string): PullRequestReport {
  const target = { type: text, name: text, urn: `urn:pulumi:dev::shop::${text}::${text}` };
  const common = {
    service: text,
    target,
    reason: text,
    path: [text, "web-0", text],
    owner: text,
    riskWithout: 0.2,
    costPerDay: 1,
    expiresAt: base.createdAt,
  };
  const changes: readonly Change[] = [
    { ...common, kind: "replicas", from: 1, to: 2 },
    { ...common, kind: "migration", instance: text, from: text, to: text },
    { ...common, kind: "dnsWeight", backend: text, from: 10, to: 5 },
    { ...common, kind: "reservation", from: 0, to: 1, slot: { cpu: 1, memory: 1, capacity: 1, zones: [text] } },
  ];
  return {
    decision: {
      ...base,
      boundTo: { project: text, stack: text },
      changes,
      refusals: [
        { kind: "replicas", service: text, instance: text, from: text, to: text, reason: "gone", detail: text },
      ],
      verdicts: (["pass", "fail", "unknown"] as const).map((withChanges) => ({
        service: text,
        target,
        asWritten: "fail",
        withChanges,
        reason: text,
      })),
      warnings: [text],
      instances: base.instances.map((i) => ({ ...i, id: text, service: text })),
    },
    run: {
      steps: [
        { urn: target.urn, op: "update", type: text, diff: [{ path: text, from: text, to: { [text]: text } }] },
        { urn: target.urn, op: "create", type: text, diff: [] },
      ],
      manifests: `--- a/${text}\n+++ b/${text}\n-${text}\n+${text}\n`,
      warnings: [text],
      violations: [{ pack: text, policy: text, level: "mandatory", urn: target.urn, message: text }],
      refused: [{ kind: "dnsWeight", service: text, backend: text, reason: "shareTouched", detail: text }],
      blocked: text,
    },
  };
}
