import { describe, expect, it } from "vitest";
import { describeDecision } from "../../cli/decisionReport.js";
import type { Terminal } from "../../cli/output.js";
import { plan } from "../../planner/plan.js";
import type { Decision } from "../../planner/types.js";
import { input, shop } from "../planner/example.js";

const plain = { colour: false } as Terminal;
const decision = plan(input(shop()));

/** The lines of the table of risks: the instance's id and the rest. */
function riskRows(text: string): string[] {
  const lines = text.split("\n");
  const from = lines.findIndex((l) => l.startsWith("instance"));
  return lines.slice(from + 2, lines.indexOf("", from));
}

describe("the decision for people", () => {
  it("shows the change, its cost and the reason", () => {
    const text = describeDecision(decision, plain);
    for (const change of decision.changes) {
      expect(text).toMatch(new RegExp(`${change.kind} +${change.service} +${change.from} +${change.to} `));
      expect(text).toContain(`${change.service}: ${change.reason}`);
    }
  });

  it("shows every instance that was over the threshold, and counts those that hardly move instead of listing them", () => {
    const rows = riskRows(describeDecision(decision, plain));
    const existing = decision.instances.filter((i) => !i.added && i.after !== null);
    const over = existing.filter((i) => i.before.risk > decision.threshold).map((i) => i.id);
    expect(over.length).toBeGreaterThan(0);
    for (const id of over) expect(rows.some((r) => r.startsWith(`${id} `))).toBe(true);

    const still = existing.map((i, n) =>
      n === 0 ? i : { ...i, before: { ...i.before, risk: 0.01 }, after: { ...i.before, risk: 0.0105 } },
    );
    const first = existing[0];
    if (first === undefined) throw new Error("the example has no instance");
    const moved = { ...first, before: { ...first.before, risk: 0.2 }, after: { ...first.before, risk: 0.01 } };
    const quiet: Decision = { ...decision, instances: [moved, ...still.slice(1)] };
    const shown = riskRows(describeDecision(quiet, plain));
    expect(shown.filter((r) => r.includes("%"))[0]).toMatch(new RegExp(`^${first.id} +20.0 % +1.00 %$`));
    expect(shown.at(-1)).toBe(
      `${still.length - 1} other ${still.length === 2 ? "instance moves" : "instances move"} by less than 0.10 %`,
    );
    expect(shown).toHaveLength(2);
  });
});
