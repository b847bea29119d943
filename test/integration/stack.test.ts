import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Inventory } from "../../graph/types.js";
import { GateError } from "../../input/gate.js";
import type { ReplicasChange, Target } from "../../planner/types.js";
import { type Cluster, openCluster, readClusterUid } from "../../provider/cluster.js";
import { readOwner, readOwners, withOwners } from "../../provider/owners.js";
import { dryRunEviction, preflight } from "../../provider/preflight.js";
import { readTargets, readTargetsFromPreview } from "../../provider/readTargets.js";
import { exportState, type OpenStack, openStack, previewStack, upStack } from "../../provider/stack.js";
import { describeWith, pulumiWorkspace, testbed } from "../testbed/index.js";

vi.setConfig({ testTimeout: 240_000 });
const program = join(dirname(fileURLToPath(import.meta.url)), "programs/workloads");
const services = ["api", "elastic", "hidden", "kept", "left", "store", "unnamed", "web"];
const inventory: Inventory = { instances: [], services: services.map((id) => ({ id, addresses: [] })), domains: [] };

describeWith(["pulumi", "cluster", "kubernetesProvider"], "a stack on the real engine and control plane", () => {
  let workspace: ReturnType<typeof pulumiWorkspace>;
  let stack: OpenStack;
  let cluster: Cluster;
  let home: string;
  let planFile: string;

  beforeAll(async () => {
    workspace = pulumiWorkspace(program);
    for (const [name, value] of Object.entries(workspace.env)) vi.stubEnv(name, value);
    home = workspace.namespace();
    planFile = join(workspace.folder, "plan.json");
    stack = await openStack({ cwd: workspace.program, stack: "dev", create: true });
    await stack.stack.setConfig("namespace", { value: home });
    const opened = openCluster();
    if ("unreachable" in opened) throw new Error(opened.unreachable);
    cluster = opened;
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  const decide = (to: number | null, name = "decision.json"): string => {
    const file = join(workspace.folder, name);
    writeFileSync(file, JSON.stringify({ changes: to === null ? [] : [{ to }] }));
    return file;
  };
  const replicasOf = async (name: string): Promise<number> =>
    Number(await testbed().kubectl("get", "deployment", name, "-n", home, "-o", "jsonpath={.spec.replicas}"));
  const targetsNow = async (): Promise<readonly Target[]> => readTargets(await exportState(stack), inventory).targets;
  const change = (target: Target | undefined, to: number): ReplicasChange => ({
    kind: "replicas",
    service: target?.service ?? "",
    target: { type: target?.type ?? "", name: target?.name ?? "" },
    from: target?.replicas ?? 0,
    to,
    reason: "",
    path: [],
    owner: null,
    riskWithout: 0,
    costPerDay: 0,
    expiresAt: "2100-01-01T00:00:00Z",
  });

  it("says how to create a stack that does not exist", async () => {
    await expect(openStack({ cwd: workspace.program, stack: "nowhere" })).rejects.toThrow(
      "there is no stack nowhere: create it with `pulumi stack init nowhere`",
    );
  });

  it("reads the targets of a stack that was never deployed from its preview", async () => {
    const { stdout } = await workspace.pulumi(["preview", "--json"], { env: { FIREBREAK_DECISION: "none" } });
    const { targets } = readTargetsFromPreview(JSON.parse(stdout), inventory);
    expect(targets.map((t) => [t.service, t.replicas, t.hold?.reason ?? null])).toEqual([
      ["api", 2, null],
      ["elastic", 2, null],
      ["hidden", null, "unknownValue"],
      ["kept", 2, null],
      ["left", 2, "ignoreChanges"],
      ["store", 3, "identityBound"],
      ["unnamed", 1, null],
      ["web", 2, null],
    ]);
  });

  it("creates nothing where the decision changed after the preview", async () => {
    const preview = await previewStack({ stack, decisionPath: decide(3), planFile });
    expect(preview.changeSummary).toMatchObject({ create: expect.any(Number) });

    const changed = upStack({ stack, decisionPath: decide(5), planFile });
    await expect(changed).rejects.toThrow(GateError);
    await expect(changed).rejects.toThrow(/no longer does what the saved plan says \(web\)/);
    await expect(replicasOf("web")).rejects.toThrow(/not found/);
  });

  it("changes nothing past the decision's age", async () => {
    const late = upStack({ stack, decisionPath: decide(3), planFile, freshUntil: Date.now() - 90_000 });
    await expect(late).rejects.toThrow(GateError);
    await expect(late).rejects.toThrow(/9\d s past its maximum age/);
  });

  it("deploys by the plan that the preview saved", async () => {
    const decisionPath = decide(3);
    await previewStack({ stack, decisionPath, planFile });
    await upStack({ stack, decisionPath, planFile });
    expect(await replicasOf("web")).toBe(3);

    const printed: string[] = [];
    const next = decide(4);
    const preview = await previewStack({ stack, decisionPath: next, planFile, onOutput: (text) => printed.push(text) });
    expect(preview.steps.filter((s) => s.op !== "same")).toEqual([
      {
        urn: "urn:pulumi:dev::workloads::kubernetes:apps/v1:Deployment::web",
        op: "update",
        type: "kubernetes:apps/v1:Deployment",
        diff: [{ path: "spec.replicas", from: 3, to: 4 }],
      },
    ]);
    expect(printed.join("")).toContain("1 to update");
    expect(JSON.parse(readFileSync(planFile, "utf8"))).toHaveProperty("resourcePlans");
    expect((await upStack({ stack, decisionPath: next, planFile })).changeSummary).toMatchObject({ update: 1 });
    expect(await replicasOf("web")).toBe(4);
  });

  it("knows the cluster by the UID of kube-system", async () => {
    const uid = await testbed().kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}");
    expect(await readClusterUid(cluster)).toEqual({ uid });
  });

  it("finds the targets in the state, ignoreChanges among them", async () => {
    const targets = await targetsNow();
    expect(targets.find((t) => t.service === "unnamed")?.objectName).toMatch(/^unnamed-[0-9a-f]{8}$/);
    expect(targets.map((t) => [t.service, t.hold?.reason ?? null])).toEqual([
      ["api", null],
      ["elastic", null],
      ["hidden", "unknownValue"],
      ["kept", null],
      ["left", "ignoreChanges"],
      ["store", "identityBound"],
      ["unnamed", null],
      ["web", null],
    ]);
  });

  it("sees who owns replicas: Pulumi, kubectl, an autoscaler, no one", async () => {
    await testbed().kubectl("scale", "deployment", "api", "-n", home, "--replicas=3");
    const targets = await targetsNow();
    const owned = withOwners(targets, await readOwners(cluster, targets));
    const of = (service: string) => owned.find((t) => t.service === service);

    expect(of("web")).toMatchObject({ owner: expect.stringMatching(/^pulumi-kubernetes-/), hold: null });
    expect(of("api")).toMatchObject({
      owner: "kubectl",
      hold: { reason: "ownedByOther", detail: "spec.replicas is owned by kubectl (through /scale)" },
    });
    expect(await readOwner(cluster, home, "elastic")).toMatchObject({
      hold: { reason: "ownedByOther", detail: "spec.replicas is set by HorizontalPodAutoscaler elastic" },
    });
    expect(await readOwner(cluster, home, "absent")).toEqual({ owner: null, hold: null });

    await testbed().kubectl("annotate", "deployment", "kept", "-n", home, "firebreak.dev/ignore=true");
    expect((await readOwner(cluster, home, "kept")).hold?.reason).toBe("optedOut");
  });

  it("tries changes before they are made: names conflicts and missing room, and writes nothing", async () => {
    const targets = await targetsNow();
    const target = (service: string) => targets.find((t) => t.service === service);
    // Of all but `elastic`, which its autoscaler writes whenever it wants.
    const generations = async () => {
      const list = await testbed().kubectl("get", "deployment", "-n", home, "-o", "json");
      const items = JSON.parse(list).items as { metadata: { name: string; generation: number } }[];
      return items.flatMap(({ metadata }) =>
        metadata.name === "elastic" ? [] : [[metadata.name, metadata.generation]],
      );
    };
    const before = await generations();

    expect(await preflight(cluster, [change(target("web"), 5)], targets)).toEqual({ ok: true, findings: [] });
    const conflict = await preflight(cluster, [change(target("api"), 5), change(target("web"), 5)], targets);
    expect(conflict.findings.map((f) => [f.change?.service, f.reason, f.detail])).toEqual([
      ["api", "ownedByOther", "spec.replicas is owned by kubectl"],
    ]);

    await testbed().kubectl("create", "quota", "small", "-n", home, "--hard=requests.cpu=2100m");
    await vi.waitFor(async () => {
      const used = await testbed().kubectl("get", "quota", "small", "-n", home, "-o", "jsonpath={.status.used}");
      expect(used).not.toBe("");
    }, 10_000);
    const crowded = await preflight(cluster, [change(target("web"), 5), change(target("unnamed"), 9)], targets);
    expect(crowded.findings.map((f) => [f.change?.service, f.reason])).toEqual([["unnamed", "noRoom"]]);
    expect(crowded.findings[0]?.detail).toMatch(/^ResourceQuota small has no room: requests.cpu 2100m, used /);

    expect(await generations()).toEqual(before);
  });

  it("asks for an eviction without evicting, and hears what stands against it", async () => {
    const { kubectl } = testbed();
    const pods = JSON.parse(await kubectl("get", "pods", "-n", home, "-l", "app=web", "-o", "json")).items;
    const { name, uid } = pods[0].metadata;
    expect(await dryRunEviction(cluster, { namespace: home, name, uid })).toBeNull();
    expect(await dryRunEviction(cluster, { namespace: home, name, uid: "another" })).toMatch(/UID/);

    await kubectl("create", "pdb", "web", "-n", home, "--selector=app=web", "--min-available=100%");
    await vi.waitFor(async () => {
      expect(await dryRunEviction(cluster, { namespace: home, name, uid })).toMatch(/disruption budget/);
    }, 10_000);
    await kubectl("get", "pod", name, "-n", home);
  });

  it("says that another field manager owns the replicas where an update meets it", async () => {
    await testbed().kubectl("scale", "deployment", "web", "-n", home, "--replicas=6");
    await expect(previewStack({ stack, decisionPath: decide(5), planFile })).rejects.toThrow(
      `${home}/web: .spec.replicas is owned by kubectl`,
    );
  });
});
