import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Decision } from "../../planner/types.js";
import { judgePlanned } from "../../policies/judgePlanned.js";
import { plannedNumbers } from "../../policies/read/plannedNumber.js";
import { changeOf, decisionOf } from "../provider/decisions.js";

const here = { project: "shop", stack: "dev" };
const now = Date.parse("2026-01-01T00:10:00Z") / 1000;
const createdAt = "2026-01-01T00:00:00Z";
const deployment = "kubernetes:apps/v1:Deployment";
const unknownProps = new Proxy(
  {},
  {
    get: () => {
      throw new Error("can't access unknown value");
    },
  },
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "firebreak-gate-"));
  mkdirSync(join(folder, ".firebreak"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(decision: Decision | string): void {
  const text = typeof decision === "string" ? decision : JSON.stringify(decision);
  writeFileSync(join(folder, ".firebreak/decision.json"), text);
}

function judge(type: string, name: string, props: Record<string, unknown>, decision?: string): string[] {
  const urn = `urn:pulumi:dev::shop::${type}::${name}`;
  const options = { decision, folder: join(folder, "policies/gate"), now };
  return judgePlanned({ type, name, urn, props }, options).map((f) => `${f.level}: ${f.message}`);
}
const judgeStack = (decision?: string) => judge("pulumi:pulumi:Stack", "shop-dev", {}, decision);
const judgeCart = (replicas: unknown) => judge(deployment, "cart", { spec: { replicas } });

describe("the gate", () => {
  it("passes a resource that runs what its decision asks for, and fails one that runs less, with reason and path", () => {
    write(decisionOf(here, [changeOf("cart", 3)], { createdAt }));
    expect(judgeCart(3)).toEqual([]);
    expect(judgeCart(5)).toEqual([]);
    expect(judgeCart(2)).toEqual([
      "fail: cart: 2 replicas, and the decision asks for 3: call applyDecision() first in the program, or write them in it. cart would fall with its host (host/n1 → cart-0)",
    ]);
    expect(judgeCart(undefined)).toHaveLength(1);
    expect(judge(deployment, "other", { spec: { replicas: 1 } })).toEqual([]);
    expect(judge("kubernetes:core/v1:Service", "cart", {})).toEqual([]);
    expect(judgeStack()).toEqual([]);
  });

  it("takes what is unknown for a failure, unless the decision says to warn", () => {
    for (const unknown of ["fail", "warn"] as const) {
      const reason = "no traffic of it was seen";
      const target = { type: deployment, name: "new" };
      const verdict = { service: "new", target, asWritten: "unknown", withChanges: "unknown", reason } as const;
      write(decisionOf(here, [changeOf("cart", 3)], { createdAt, unknown, verdicts: [verdict] }));
      expect(judge(deployment, "cart", unknownProps)).toEqual([
        expect.stringMatching(`^${unknown}: cart: whether it runs the 3 replicas of the decision is not known yet`),
      ]);
      expect(judgeCart("3")).toEqual([expect.stringMatching(`^${unknown}: `)]);
      expect(judge(deployment, "new", { spec: {} })).toEqual([`${unknown}: new: its risk is not known: ${reason}`]);
    }
  });

  it("fails for a risk that no change mends, with the stack where no resource runs the service", () => {
    const verdict = { service: "db", asWritten: "fail", withChanges: "fail", reason: "db-0 is at 0.2" } as const;
    const target = { type: "kubernetes:apps/v1:StatefulSet", name: "db" };
    const message = "fail: db: over the threshold of 0.05, and no change of the decision mends it: db-0 is at 0.2";
    write(decisionOf(here, [], { createdAt, verdicts: [{ ...verdict, target }] }));
    expect(judge(target.type, "db", { spec: {} })).toEqual([message]);
    expect(judgeStack()).toEqual([]);
    write(decisionOf(here, [], { createdAt, verdicts: [{ ...verdict, target: null }] }));
    expect(judgeStack()).toEqual([message]);
  });

  it("fails once, with the stack, where there is no decision or a broken or foreign one", () => {
    expect(judgeStack()).toEqual([
      expect.stringMatching(/^fail: no decision at .*decision\.json: make one with `firebreak plan`/),
    ]);
    expect(judgeStack("/nowhere/decision.json")).toEqual([
      expect.stringContaining("no decision at /nowhere/decision.json"),
    ]);
    expect(judgeCart(1)).toEqual([]);
    write("{");
    expect(judgeStack()).toEqual([expect.stringMatching(/^fail: .*decision\.json/)]);
    write({ ...decisionOf(here, [changeOf("cart", 3)], { createdAt }), threshold: 1 });
    expect(judgeStack()).toEqual([expect.stringContaining("is not the hash of the content")]);
    write(decisionOf({ ...here, stack: "prod" }, [changeOf("cart", 3)], { createdAt }));
    expect(judgeStack()).toEqual([
      expect.stringMatching(/^fail: .*boundTo\.stack: the decision is for prod, this is dev/),
    ]);
    expect(judgeCart(1)).toEqual([]);
  });

  it.each([
    ["hold", "warn"],
    ["off", "warn"],
    ["closed", "fail"],
  ] as const)("says of a stale decision with failMode %s: %s", (failMode, level) => {
    write(decisionOf(here, [changeOf("cart", 3)], { createdAt, failMode, maxAge: 300 }));
    expect(judgeStack()).toEqual([expect.stringMatching(`^${level}: the decision is past its maxAge of 300 s`)]);
    expect(judgeCart(2)).toEqual([]);
  });
});

describe("the gate and the other kinds of change", () => {
  const route = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";
  const dns = "kubernetes:externaldns.k8s.io/v1alpha1:DNSEndpoint";
  const hpa = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
  const { kind: _kind, ...base } = changeOf("web", 10);
  const refs = (...weights: unknown[]) => ({
    spec: { rules: [{ backendRefs: weights.map((weight, i) => ({ name: ["blue", "green"][i], weight })) }] },
  });
  const endpoint = (value: string) => ({
    spec: { endpoints: [{ setIdentifier: "blue", providerSpecific: [{ name: "aws/weight", value }] }] },
  });
  const weight = (type: string, to: number) =>
    ({ ...base, kind: "dnsWeight", backend: "blue", from: 90, to, target: { type, name: "web" } }) as const;
  const slot = { cpu: 1, memory: 1, capacity: 1, zones: [] };
  const reservation = {
    ...base,
    kind: "reservation",
    from: 0,
    to: 2,
    slot,
    target: { type: deployment, name: "firebreak-reserve-web" },
  } as const;

  it.each([
    ["a weight that was lowered", weight(route, 10), route, refs(10, 90), []],
    ["one lowered further", weight(route, 10), route, refs(5, 90), []],
    [
      "one that was not",
      weight(route, 10),
      route,
      refs(90, 90),
      [/^fail: web: weight 90 for blue, and the decision asks for 10/],
    ],
    ["one that was raised", weight(route, 95), route, refs(95, 90), []],
    [
      "one that is unknown",
      weight(route, 10),
      route,
      unknownProps,
      [/^fail: web: whether it gives blue the weight of 10/],
    ],
    ["one that is gone", weight(route, 10), route, refs(90), [/^fail: web: no weight of blue among others/]],
    ["a weight in text", weight(dns, 10), dns, endpoint("10"), []],
    ["another in text", weight(dns, 10), dns, endpoint("90"), [/^fail: web: weight 90 for blue/]],
    ["a minimum", { ...changeOf("web", 3), target: { type: hpa, name: "web" } }, hpa, { spec: { minReplicas: 3 } }, []],
    [
      "a minimum that is low",
      { ...changeOf("web", 3), target: { type: hpa, name: "web" } },
      hpa,
      { spec: {} },
      [/^fail: web: 1 replicas, and the decision asks for 3/],
    ],
  ])("%s", (_title, change, type, props, expected) => {
    write(decisionOf(here, [], { createdAt, changes: [change], verdicts: [] }));
    expect(judge(type, "web", props)).toEqual(expected.map((e) => expect.stringMatching(e)));
  });

  it("reads the slots of a reservation", () => {
    write(decisionOf(here, [], { createdAt, changes: [reservation], verdicts: [] }));
    expect(judge(deployment, "firebreak-reserve-web", { spec: { replicas: 2 } })).toEqual([]);
    expect(judge(deployment, "firebreak-reserve-web", { spec: { replicas: 1 } })).toEqual([
      expect.stringMatching(/^fail: firebreak-reserve-web: 1 reserved slots, and the decision asks for 2/),
    ]);
  });
});

describe("the replicas that inputs ask for", () => {
  it.each([
    [deployment, { spec: { replicas: 4 } }, 4],
    [deployment, { spec: {} }, 1],
    [deployment, {}, 1],
    [deployment, { spec: { replicas: Number.NaN } }, null],
    [deployment, unknownProps, null],
    ["kubernetes:core/v1:Pod", {}, undefined],
  ])("are read in case %#", (type, props, expected) => {
    const numbers = plannedNumbers(type, "replicas", props);
    expect(numbers?.[0]?.value).toBe(expected);
    expect(numbers === undefined).toBe(expected === undefined);
  });
});
