import { existsSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Decision } from "../../planner/types.js";
import { readAudit, verifyAudit } from "../../stores/audit/file.js";
import { changeOf, decisionOf } from "../provider/decisions.js";
import { describeWith, pulumiWorkspace, testbed, type Workspace } from "../testbed/index.js";

const project = join(dirname(fileURLToPath(import.meta.url)), "../..");
const program = join(project, "test/integration/programs/guarded");
const here = { project: "guarded", stack: "dev" };
vi.setConfig({ testTimeout: 240_000 });
const hourAgo = new Date(Date.now() - 3_600_000).toISOString();

interface Run {
  readonly code: number | null;
  readonly text: string;
}

/** A stack of its own with the guarded program, and the decision beside it. */
function newStack() {
  const workspace: Workspace = pulumiWorkspace();
  const namespace = workspace.namespace();
  const file = join(workspace.folder, "decision.json");
  const audit = join(workspace.folder, "audit.jsonl");
  const env: Record<string, string> = { APP_NAMESPACE: namespace, FIREBREAK_DECISION: file };
  const run = async (args: readonly string[], more: Record<string, string> = {}): Promise<Run> => {
    const { code, stdout, stderr } = await workspace.pulumi([...args, "--non-interactive"], {
      cwd: program,
      env: { ...env, ...more },
    });
    return { code, text: stdout + stderr };
  };
  return {
    file,
    audit,
    namespace,
    killSwitch: join(workspace.folder, "kill-switch"),
    decide: (decision: Decision) => writeFileSync(file, JSON.stringify(decision)),
    init: () => run(["stack", "init", "dev"]),
    up: (more?: Record<string, string>) => run(["up", "--yes", "--skip-preview"], more),
    preview: (more?: Record<string, string>, ...args: string[]) => run(["preview", ...args], more),
    kubectl: (...args: string[]) => testbed().kubectl("-n", namespace, ...args),
    /** Replicas and image of every Deployment. */
    live: async (): Promise<Record<string, string>> => {
      const { items } = JSON.parse(await testbed().kubectl("-n", namespace, "get", "deployments", "-o", "json")) as {
        items: {
          metadata: { name: string };
          spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
        }[];
      };
      return Object.fromEntries(
        items.map((i) => [i.metadata.name, `${i.spec.replicas} ${i.spec.template.spec.containers[0]?.image}`]),
      );
    },
  };
}

describeWith(["pulumi", "cluster", "kubernetesProvider"], "a program that calls applyDecision()", () => {
  let stack: ReturnType<typeof newStack>;
  beforeAll(async () => {
    stack = newStack();
    await stack.init();
  });

  it("deploys as written without a decision, and says so", async () => {
    const { code, text } = await stack.up();
    expect(code, text).toBe(0);
    expect(text).toContain(
      `no decision at ${stack.file}; where none was ever applied, the stack is deployed as written`,
    );
    expect((await stack.live()).plain).toBe("2 app:1");
    expect(existsSync(stack.audit)).toBe(false);
  });

  it("refuses the decision of another stack, project or cluster, and changes nothing", async () => {
    for (const [bound, message] of [
      [{ ...here, stack: "prod" }, "the decision is for prod, this is dev"],
      [{ ...here, project: "shop" }, "the decision is for shop, this is guarded"],
      [{ ...here, clusterUid: "not-this-one" }, "the decision is for cluster not-this-one, this is"],
    ] as const) {
      stack.decide(decisionOf(bound, [changeOf("plain", 3)]));
      const { code, text } = await stack.up({ APP_IMAGE: "app:refused" });
      expect(code, text).not.toBe(0);
      expect(text).toContain(message);
    }
    expect((await stack.live()).plain).toBe("2 app:1");
  });

  it("leaves alone what another owns, with its reason, and still deploys the user's own change of image", async () => {
    await stack.kubectl("scale", "deployment", "scaled", "--replicas=4");
    await stack.kubectl("autoscale", "deployment", "autoscaled", "--min=3", "--max=6");
    await stack.kubectl("scale", "deployment", "autoscaled", "--replicas=3");
    const uid = await testbed().kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}");
    const names = ["plain", "scaled", "autoscaled", "ignoring", "opted-out", "kept", "ample", "secret", "grouped"];
    const store = changeOf("store", 3, { target: { type: "kubernetes:apps/v1:StatefulSet", name: "store" } });
    stack.decide(decisionOf({ ...here, clusterUid: uid }, [...names.map((name) => changeOf(name, 3)), store]));

    const { code, text } = await stack.up({ APP_IMAGE: "app:2" });

    expect(code, text).toBe(0);
    expect(await stack.live()).toEqual({
      plain: "3 app:2",
      secret: "3 app:2",
      grouped: "3 app:2",
      scaled: "4 app:2",
      autoscaled: "3 app:2",
      ignoring: "2 app:2",
      "opted-out": "2 app:2",
      kept: "2 app:2",
      ample: "4 app:2",
    });
    for (const reason of [
      /scaled alone: ownedByOther \(spec\.replicas is owned by kubectl/,
      /autoscaled alone: ownedByOther \(spec\.replicas is set by HorizontalPodAutoscaler autoscaled\)/,
      /ignoring alone: ignoreChanges/,
      /opted-out alone: optedOut/,
      /kept alone: protected/,
      /ample alone: alreadySatisfied/,
      /store alone: identityBound/,
    ]) {
      expect(text).toMatch(reason);
    }
  });

  it("writes the audit log before and after each change, and what was refused", () => {
    expect(verifyAudit(stack.audit)).toMatchObject({ problems: [], torn: [] });
    const records = readAudit(stack.audit);
    const phases = (name: string) => records.filter((r) => r.name === name).map((r) => r.phase);
    for (const name of ["plain", "secret", "grouped"]) expect(phases(name), name).toEqual(["before", "after"]);
    for (const name of ["scaled", "autoscaled", "ignoring", "kept", "store"])
      expect(phases(name), name).toEqual(["refused"]);
    expect(phases("ample")).toEqual([]);
    expect(records.find((r) => r.name === "plain")).toMatchObject({
      ...here,
      operation: "update",
      urn: "urn:pulumi:dev::guarded::kubernetes:apps/v1:Deployment::plain",
      change: { kind: "replicas", from: 2, to: 3 },
    });
  });

  it("changes nothing the second time", async () => {
    const { code, text } = await stack.up({ APP_IMAGE: "app:2" });
    expect(code, text).toBe(0);
    expect(text).toMatch(/Resources:\s+14 unchanged/);
    const preview = await stack.preview({ APP_IMAGE: "app:2" }, "--expect-no-changes");
    expect(preview.code, preview.text).toBe(0);
  });

  it("changes nothing when the decision that was applied is missing, and says which", async () => {
    rmSync(stack.file);
    for (const run of [stack.preview, stack.up]) {
      const { code, text } = await run({ APP_IMAGE: "app:3" });
      expect(code, text).not.toBe(0);
      expect(text).toMatch(
        /decision sha256:[0-9a-f]{64} was applied to this stack and its file is missing: .*nothing is changed/,
      );
    }
    expect(await stack.live()).toMatchObject({ plain: "3 app:2", scaled: "4 app:2", grouped: "3 app:2" });
  });
});

describeWith(["pulumi", "cluster", "kubernetesProvider"], "a decision that follows another", () => {
  let stack: ReturnType<typeof newStack>;
  beforeAll(async () => {
    stack = newStack();
    await stack.init();
    stack.decide(decisionOf(here, [changeOf("plain", 5), changeOf("grouped", 3)]));
    const { code, text } = await stack.up();
    expect(code, text).toBe(0);
  });

  it("was applied to resources that the same run created, and audited so", async () => {
    expect(await stack.live()).toMatchObject({ plain: "5 app:1", grouped: "3 app:1" });
    expect(
      readAudit(stack.audit)
        .filter((r) => r.operation === "create")
        .map((r) => `${r.name} ${r.phase}`)
        .sort(),
    ).toEqual(["grouped after", "grouped before", "plain after", "plain before"]);
  });

  it("is refused where it takes more than one replica back at once", async () => {
    stack.decide(decisionOf(here, [changeOf("plain", 3), changeOf("grouped", 3)]));
    const { code, text } = await stack.up({ APP_IMAGE: "app:2" });
    expect(code, text).not.toBe(0);
    expect(text).toContain("takes plain from 5 to 3 replicas at once");
    expect((await stack.live()).plain).toBe("5 app:1");
  });

  it("steps down by one, and withdraws a change of one replica, with an audit of both", async () => {
    const before = readAudit(stack.audit).length;
    stack.decide(decisionOf(here, [changeOf("plain", 4)]));
    const { code, text } = await stack.up();
    expect(code, text).toBe(0);
    expect(await stack.live()).toMatchObject({ plain: "4 app:1", grouped: "2 app:1" });
    const written = readAudit(stack.audit).slice(before);
    expect(written.map((r) => `${r.name} ${r.phase} ${r.change?.from}→${r.change?.to}`).sort()).toEqual([
      "grouped after 3→2",
      "grouped before 3→2",
      "plain after 5→4",
      "plain before 5→4",
    ]);
  });

  it("keeps what was applied last when it is stale and on hold, adds nothing, and lets the user's change through", async () => {
    stack.decide(decisionOf(here, [changeOf("plain", 6), changeOf("grouped", 4)], { createdAt: hourAgo }));
    const { code, text } = await stack.up({ APP_IMAGE: "app:3" });
    expect(code, text).toBe(0);
    expect(text).toContain("what was applied last is kept and nothing is added (failMode hold)");
    expect(await stack.live()).toMatchObject({ plain: "4 app:3", grouped: "2 app:3" });
  });

  it("blocks when it is stale and closed", async () => {
    stack.decide(decisionOf(here, [changeOf("plain", 4)], { createdAt: hourAgo, failMode: "closed" }));
    const { code, text } = await stack.up({ APP_IMAGE: "app:4" });
    expect(code, text).not.toBe(0);
    expect(text).toContain("is past its maxAge and its failMode is closed");
    expect((await stack.live()).plain).toBe("4 app:3");
  });

  it("adds nothing while the kill switch is set", async () => {
    stack.decide(decisionOf(here, [changeOf("plain", 6)]));
    writeFileSync(stack.killSwitch, "");
    const { code, text } = await stack.up({ APP_IMAGE: "app:3" });
    rmSync(stack.killSwitch);
    expect(code, text).toBe(0);
    expect(text).toContain("the kill switch is set");
    expect((await stack.live()).plain).toBe("4 app:3");
  });

  it("deploys as written when it is stale and off", async () => {
    stack.decide(decisionOf(here, [changeOf("plain", 4)], { createdAt: hourAgo, failMode: "off" }));
    const { code, text } = await stack.up({ APP_IMAGE: "app:3" });
    expect(code, text).toBe(0);
    expect((await stack.live()).plain).toBe("2 app:3");
  });
});

describeWith(["pulumi", "cluster", "kubernetesProvider"], "the policy pack policies/gate", () => {
  const gate = ["--policy-pack", join(project, "policies/gate")];
  let stack: ReturnType<typeof newStack>;
  beforeEach(async () => {
    stack = newStack();
    await stack.init();
  });

  it("fails the preview of a risky stack, and passes once the decision is applied", async () => {
    stack.decide(decisionOf(here, [changeOf("plain", 3)]));
    const stopped = { FIREBREAK_KILL_SWITCH: "1" };
    const risky = await stack.preview(stopped, ...gate);
    expect(risky.code, risky.text).not.toBe(0);
    expect(risky.text).toContain("risk-over-threshold");
    expect(risky.text).toMatch(/plain: 2 replicas, and the decision asks for 3.*host\/n1 → plain-0/);

    const applied = await stack.preview({}, ...gate);
    expect(applied.code, applied.text).toBe(0);
    expect((await stack.up()).code).toBe(0);
    const again = await stack.preview({}, ...gate);
    expect(again.code, again.text).toBe(0);
  });

  it("fails without a decision, and for a risk that no change mends", async () => {
    const missing = await stack.preview({}, ...gate);
    expect(missing.code, missing.text).not.toBe(0);
    expect(missing.text).toContain(`no decision at ${stack.file}: make one with`);

    const verdict = { asWritten: "fail", withChanges: "fail", reason: "its only host may fail" } as const;
    const target = { type: "kubernetes:apps/v1:StatefulSet", name: "store" };
    stack.decide(decisionOf(here, [], { verdicts: [{ service: "store", target, ...verdict }] }));
    const unmended = await stack.preview({}, ...gate);
    expect(unmended.code, unmended.text).not.toBe(0);
    expect(unmended.text).toContain("no change of the decision mends it: its only host may fail");
  });
});
