import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Decision } from "../../planner/types.js";
import { riskAssessmentType } from "../../provider/applied.js";
import type { LiveCluster } from "../../provider/liveCluster.js";
import { readPolicyProps, writePolicyProps } from "../../provider/remediation/policyProps.js";
import { createRemediator } from "../../provider/remediation/remediator.js";
import { readAudit } from "../../stores/audit/file.js";
import { changeOf, decisionOf } from "./decisions.js";

const here = { project: "shop", stack: "dev" };
const type = "kubernetes:apps/v1:Deployment";
const now = Date.parse("2026-01-01T00:10:00Z") / 1000;
const createdAt = "2026-01-01T00:00:00Z";

/** A cluster that says what a test wants to hear. */
const clusterWith = (live: number | undefined, more: Partial<LiveCluster> = {}): LiveCluster => ({
  readUid: async () => ({ uid: "this" }),
  readHold: async () => null,
  readNumber: async () => live,
  readStop: async () => null,
  trySlots: async () => null,
  ...more,
});

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "firebreak-remediate-"));
  file = join(folder, "decision.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const decide = (more: Partial<Omit<Decision, "id">> = {}, changes = [changeOf("cart", 3)]) =>
  writeFileSync(file, JSON.stringify(decisionOf(here, changes, { createdAt, ...more })));
const packWith = (cluster: LiveCluster, isPreview = true) =>
  createRemediator({ file, now, cluster, isPreview, auditPath: join(folder, "audit.jsonl") });
const urn = `urn:pulumi:dev::shop::${type}::cart`;
const cart = (replicas: unknown = 2, opts = {}) => ({
  type,
  name: "cart",
  urn,
  opts,
  props: { metadata: { name: "cart", namespace: "shop" }, spec: { replicas } },
});

describe("the remediation of a decision", () => {
  it("writes the same value that the transform writes, and leaves other resources alone", async () => {
    decide();
    const pack = packWith(clusterWith(2));
    expect(await pack.remediate(cart())).toMatchObject({ spec: { replicas: 3 } });
    expect(await pack.remediate({ ...cart(), name: "other" })).toBeUndefined();
    expect(await pack.findProblem(urn)).toBeNull();
    expect(pack.remarksOn(cart())).toEqual([]);
  });

  it("does nothing where the program applies the decision itself, and says so", async () => {
    decide();
    const pack = packWith(clusterWith(2));
    const assessment = { type: riskAssessmentType, name: "firebreak", urn: "x", props: {}, opts: {} };
    await pack.remediate(assessment);
    expect(await pack.remediate(cart())).toBeUndefined();
    expect(pack.remarksOn(assessment)).toEqual([expect.stringContaining("so this pack changes nothing")]);
  });

  it.each([
    ["protect", cart(2, { protect: true }), {}, /protected/],
    ["ignoreChanges", cart(2, { ignoreChanges: ["spec"] }), {}, /ignoreChanges/],
    [
      "another owner",
      cart(),
      { readHold: async () => ({ reason: "ownedByOther", detail: "kubectl" }) as const },
      /kubectl/,
    ],
    [
      "a kill switch",
      cart(),
      { readStop: async () => ({ reason: "killSwitch", detail: "set" }) as const },
      /killSwitch/,
    ],
  ])("leaves a resource alone for %s, and says why", async (_title, resource, more, reason) => {
    decide();
    const pack = packWith(clusterWith(2, more as Partial<LiveCluster>));
    expect(await pack.remediate(resource)).toBeUndefined();
    expect(pack.remarksOn(resource)).toEqual([expect.stringMatching(reason)]);
  });

  it.each([
    ["past its age", { maxAge: 60 }, 2, undefined],
    ["past its age, and live", { maxAge: 60 }, 3, 3],
    ["past its age, failMode off", { maxAge: 60, failMode: "off" as const }, 3, undefined],
  ])("adds nothing anew %s", async (_title, more, live, replicas) => {
    decide(more);
    const decided = await packWith(clusterWith(live)).remediate(cart());
    expect((decided as { spec: { replicas: number } } | undefined)?.spec.replicas).toBe(replicas);
  });

  it("is a problem of the stack without a decision, with a foreign one, and past its age where that is closed", async () => {
    expect(await packWith(clusterWith(2)).findProblem(urn)).toMatch(/no decision at/);
    decide({ failMode: "closed", maxAge: 60 });
    expect(await packWith(clusterWith(2)).findProblem(urn)).toMatch(/failMode is closed/);
    decide({ boundTo: { ...here, stack: "prod" } });
    expect(await packWith(clusterWith(2)).findProblem(urn)).toMatch(/the decision is for prod/);
    decide({ boundTo: { ...here, clusterUid: "that" } });
    const pack = packWith(clusterWith(2));
    expect(await pack.findProblem(urn)).toMatch(/the decision is for cluster that, this is this/);
    expect(await pack.remediate(cart())).toBeUndefined();
  });

  it("writes the audit log before and after in an update, once the value is not live yet", async () => {
    decide();
    const pack = packWith(clusterWith(2), false);
    await pack.remediate(cart());
    await pack.finish(urn);
    const records = readAudit(join(folder, "audit.jsonl"));
    expect(records.map((r) => [r.phase, r.change?.from, r.change?.to])).toEqual([
      ["before", 2, 3],
      ["after", 2, 3],
    ]);
  });
});

describe("the inputs that a policy is given", () => {
  const throwing = (values: Record<string, unknown>, unread: string): Record<string, unknown> =>
    new Proxy(values, {
      get: (target, key) => {
        if (key === unread) throw new Error("unknown");
        return target[String(key)];
      },
    });

  it("are read with a mark for what is unknown, and written in place", () => {
    const spec = throwing({ replicas: 2, paused: "?", list: [{ weight: 1 }] }, "paused");
    const props = { spec };
    const plain = readPolicyProps(props);
    expect(plain).toEqual({ spec: { replicas: 2, paused: expect.any(String), list: [{ weight: 1 }] } });
    const to = { spec: { ...(plain.spec as object), replicas: 3, list: [{ weight: 5 }] } };
    expect(writePolicyProps(props, plain, to)).toBe(props);
    expect(spec.replicas).toBe(3);
    expect(spec.list).toEqual([{ weight: 5 }]);
  });
});
