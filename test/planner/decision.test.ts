import { describe, expect, test } from "vitest";
import { InputError } from "../../input/problems.js";
import { canonicalForm, checkBinding, idOf, judgeAge, readDecision } from "../../planner/decision.js";
import { plan } from "../../planner/plan.js";
import { input, now, shop } from "./example.js";

const decision = plan(input(shop()));
// biome-ignore lint/suspicious/noExplicitAny: the cases below break the structure on purpose
const copy = (): any => JSON.parse(JSON.stringify(decision));

describe("the id", () => {
  test("is the hash of the canonical form, which sorts fields and leaves the id out", () => {
    expect(decision.id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(idOf(decision)).toBe(decision.id);
    expect(canonicalForm(decision)).toMatch(/^\{"boundTo":\{"project":"shop","stack":"dev"\},"changes":/);
    expect(canonicalForm(decision)).not.toContain(decision.id);
  });

  test("does not depend on the order of fields", () => {
    const reversed = Object.fromEntries(Object.entries(copy()).reverse());
    expect(readDecision(reversed)).toEqual(decision);
  });

  test("is the same for the same plan and another for another time, seed or stack", () => {
    expect(plan(input(shop())).id).toBe(decision.id);
    expect(plan(input(shop(), { now: now + 1 })).id).not.toBe(decision.id);
    expect(plan(input(shop(), { simulation: { worlds: 4000, seed: 2 } })).id).not.toBe(decision.id);
    expect(plan(input(shop(), { boundTo: { project: "shop", stack: "prod" } })).id).not.toBe(decision.id);
  });

  test("refuses a decision with any leaf changed", () => {
    const leaves: (readonly (string | number)[])[] = [];
    const walk = (value: unknown, path: readonly (string | number)[]): void => {
      if (typeof value !== "object" || value === null) leaves.push(path);
      else
        for (const [key, inner] of Object.entries(value))
          walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    };
    walk(decision, []);
    expect(leaves.length).toBeGreaterThan(50);
    for (const path of leaves) {
      const changed = copy();
      const holder = path.slice(0, -1).reduce((value, key) => value[key], changed);
      const last = path.at(-1) ?? "";
      const old = holder[last];
      holder[last] = typeof old === "number" ? old + 0.001 : typeof old === "boolean" ? !old : `${old}x`;
      expect(() => readDecision(changed), path.join(".")).toThrow(InputError);
    }
  });
});

test.each<[string, (d: ReturnType<typeof copy>) => void, string]>([
  [
    "a change of replicas",
    (d) => {
      d.changes[0].to = 9;
    },
    "id: sha256:",
  ],
  [
    "another schema",
    (d) => {
      d.schema = "firebreak.decision/v2";
    },
    'schema: "firebreak.decision/v2": expected firebreak.decision/v1',
  ],
  [
    "an unknown field",
    (d) => {
      d.changes[0].force = true;
    },
    "changes[0].force: is not a known field",
  ],
  [
    "a missing field",
    (d) => {
      delete d.threshold;
    },
    "threshold: nothing: expected a number from 0 to 1",
  ],
  [
    "an unknown kind",
    (d) => {
      d.changes[0].kind = "reboot";
    },
    "changes[0].kind: ",
  ],
  [
    "a negative count",
    (d) => {
      d.changes[0].to = -1;
    },
    "changes[0].to: -1: expected 0 or more",
  ],
])("%s is refused, naming the place", (_title, change, message) => {
  const changed = copy();
  change(changed);
  expect(() => readDecision(changed, "decision.json")).toThrow(`  ${message}`);
});

test.each([["text"], [null], [[]], [{}]])("%j is no decision", (value) => {
  expect(() => readDecision(value)).toThrow(InputError);
});

test.each([
  [0, "fresh"],
  [1800, "fresh"],
  [1801, "stale"],
])("%i seconds after planning a decision of half an hour is %s", (age, state) => {
  expect(judgeAge(decision, now + age)).toBe(state);
});

test.each([
  [{ project: "shop", stack: "dev" }, []],
  [{ project: "shop", stack: "prod" }, ["boundTo.stack"]],
  [{ project: "other", stack: "prod" }, ["boundTo.project", "boundTo.stack"]],
  [{ project: "shop", stack: "dev", clusterUid: "u2" }, ["boundTo.clusterUid"]],
])("a decision of shop/dev on cluster u1, used at %j, has these differences: %j", (here, places) => {
  const bound = { boundTo: { project: "shop", stack: "dev", clusterUid: "u1" } };
  expect(checkBinding(bound, here).map((p) => p.place)).toEqual(places);
});
