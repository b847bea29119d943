import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { sealed } from "../../planner/decision.js";
import type { Change } from "../../planner/types.js";
import { openCluster } from "../../provider/cluster.js";
import { readNamedObjects } from "../../provider/namedObjects.js";
import { readOwners, withOwners } from "../../provider/owners.js";
import { preflight } from "../../provider/preflight.js";
import { readPropertyPath } from "../../provider/propertyPath.js";
import { valueAt } from "../../provider/propertyValue.js";
import { readTargets } from "../../provider/readTargets.js";
import { readWeightedTargets } from "../../provider/readWeights.js";
import { reservationSettings } from "../../provider/reservation/settings.js";
import { exportState, type OpenStack, openStack, previewStack, type Step, upStack } from "../../provider/stack.js";
import { readAudit, verifyAudit } from "../../stores/audit/file.js";
import { decisionOf } from "../provider/decisions.js";
import { describeWith, pulumiWorkspace, testbed, type Workspace } from "../testbed/index.js";
import { replicas, slots, types, weight } from "./kubernetesChanges.js";

vi.setConfig({ testTimeout: 600_000 });
const program = join(dirname(fileURLToPath(import.meta.url)), "programs/moves");
const here = { project: "moves", stack: "dev" };

describeWith(["pulumi", "cluster", "kubernetesProvider"], "every kind of change on a real cluster", () => {
  let workspace: Workspace;
  let stack: OpenStack;
  let home: string;
  let decisionPath: string;
  let audit: string;
  let spare: string;

  beforeAll(async () => {
    workspace = pulumiWorkspace();
    home = workspace.namespace();
    decisionPath = join(workspace.folder, "decision.json");
    audit = join(workspace.folder, "audit.jsonl");
    for (const [name, value] of Object.entries(workspace.env)) vi.stubEnv(name, value);
    vi.stubEnv("APP_NAMESPACE", home);
    mkdirSync(join(program, ".firebreak"), { recursive: true });
    // Objects without a namespace are seen by every test: a stack's name makes theirs unique.
    stack = await openStack({ cwd: program, stack: `dev-${home}`, create: true });
    spare = reservationSettings({ project: "moves", stack: stack.name }, () => undefined).namespace;
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  const decide = (...changes: readonly Change[]): void => {
    const { id: _id, ...decision } = decisionOf({ ...here, stack: stack.name }, [], { changes });
    writeFileSync(decisionPath, JSON.stringify(sealed(decision)));
  };
  const options = () => ({ stack, decisionPath, planFile: join(workspace.folder, "plan.json") });
  const get = async (kind: string, name: string, namespace = home): Promise<unknown> =>
    JSON.parse(await testbed().kubectl("get", kind, name, "-n", namespace, "-o", "json"));
  const at = async (kind: string, name: string, path: string, namespace?: string): Promise<unknown> =>
    valueAt(await get(kind, name, namespace), readPropertyPath(path));

  /** Previews and applies by the saved plan, and holds the cluster against every value that the preview showed. */
  async function apply(...changes: readonly Change[]): Promise<{ readonly steps: readonly Step[]; warnings: string }> {
    decide(...changes);
    const shown = await previewStack(options());
    await upStack(options());
    for (const step of shown.steps.filter((s) => /^(create|update)$/.test(s.op) && s.type.startsWith("kubernetes:"))) {
      await expectOnCluster(step);
    }
    return { steps: shown.steps.filter((s) => s.op !== "same"), warnings: shown.warnings.join("\n") };
  }

  async function expectOnCluster({ urn, type, diff }: Step): Promise<void> {
    const exported = await exportState(stack);
    const { resources } = (exported as { deployment: { resources: { urn: string; outputs: unknown }[] } }).deployment;
    const state = resources.find((r) => r.urn === urn);
    const object = (path: string[]) => String(valueAt(state?.outputs, path) ?? "");
    const live = await get(
      type.split(":").at(-1) ?? "",
      object(["metadata", "name"]),
      object(["metadata", "namespace"]) || undefined,
    );
    for (const { path, to } of diff) {
      const keys = path === "" ? [] : readPropertyPath(path);
      for (const [below, value] of leavesOf(to, keys)) {
        expect(JSON.stringify(valueAt(live, below)), `${urn} ${below.join(".")}`).toBe(JSON.stringify(value));
      }
    }
  }

  const changed = (steps: readonly Step[]) =>
    steps
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ op, type, urn, diff }) => [
        op,
        type.split(":").at(-1),
        urn.split("::").at(-1),
        ...(op === "update" ? diff.map((d) => `${d.path}: ${d.from} → ${d.to}`) : []),
      ])
      .sort((a, b) => (a.join() < b.join() ? -1 : 1));

  it("begins with a stack as its program writes it", async () => {
    const { steps } = await apply();
    expect(steps.some((s) => s.op === "create")).toBe(true);
    expect(await at("deployment", "web", "spec.replicas")).toBe(2);
  });

  it("finds in its state what may be changed, inside a component too, and what may not", async () => {
    const state = await exportState(stack);
    const services = ["elastic", "queue", "spread", "web"].map((id) => ({ id, addresses: [] }));
    const instances = ["blue", "green"].map((backend, i) => ({
      id: `web-${i}`,
      service: "web",
      addresses: [],
      namespace: home,
      backends: [backend],
    }));
    const inventory = { services, instances, domains: [] };
    const cluster = openCluster();
    if ("unreachable" in cluster) throw new Error(cluster.unreachable);
    const { targets } = readTargets(state, inventory);
    const owned = withOwners(targets, await readOwners(cluster, targets));
    expect(owned.map((t) => [t.service, t.type, t.workload?.name, t.replicas, t.most, t.hold])).toEqual([
      ["elastic", types.HorizontalPodAutoscaler, "elastic", 2, 4, null],
      ["queue", types.ScaledObject, "queue", 1, 100, null],
      ["spread", types.Deployment, undefined, 2, undefined, null],
      ["web", types.Deployment, undefined, 2, undefined, null],
    ]);
    expect(owned.every((t) => t.urn?.includes("test:Shop$"))).toBe(true);

    const weights = readWeightedTargets(state, inventory);
    const live = withOwners(weights, await readOwners(cluster, weights));
    expect(live.map((w) => [w.name, w.backend, w.weight, w.instances, w.hold?.reason ?? null])).toEqual([
      ["names", "blue", 90, ["web-0"], null],
      ["names", "green", 10, ["web-1"], null],
      ["names-opted-out", "blue", 90, ["web-0"], "optedOut"],
      ["names-opted-out", "green", 10, ["web-1"], "optedOut"],
      ["split", "blue", 90, ["web-0"], null],
      ["split", "green", 10, ["web-1"], null],
      ["split-ignoring", "blue", 90, ["web-0"], "ignoreChanges"],
      ["split-ignoring", "green", 10, ["web-1"], "ignoreChanges"],
      ["split-kept", "blue", 90, ["web-0"], "protected"],
      ["split-kept", "green", 10, ["web-1"], "protected"],
    ]);
    expect(live.find((w) => w.name === "split")?.owner).toMatch(/^pulumi-kubernetes/);
  });

  it("raises replicas: of a Deployment, with its spread where that is asked for, and an autoscaler's minimum", async () => {
    const { steps, warnings } = await apply(
      replicas("Deployment", "web", 2, 3),
      replicas("Deployment", "spread", 2, 3),
      replicas("HorizontalPodAutoscaler", "elastic", 2, 3),
      replicas("ScaledObject", "queue", 1, 2),
    );
    expect(changed(steps)).toEqual([
      ["update", "Deployment", "spread", "spec.replicas: 2 → 3", expect.stringContaining("topologySpreadConstraints")],
      ["update", "Deployment", "web", "spec.replicas: 2 → 3"],
      ["update", "HorizontalPodAutoscaler", "elastic", "spec.minReplicas: 2 → 3"],
      ["update", "ScaledObject", "queue", "spec.minReplicaCount: 1 → 2"],
    ]);
    expect(warnings).not.toContain("alone");
    expect(await at("deployment", "web", "spec.replicas")).toBe(3);
    expect(await at("deployment", "spread", "spec.template.spec.topologySpreadConstraints[0].topologyKey")).toBe(
      "topology.kubernetes.io/zone",
    );
    expect(await at("horizontalpodautoscaler", "elastic", "spec.minReplicas")).toBe(3);
    expect(await at("scaledobject", "queue", "spec.minReplicaCount")).toBe(2);
    // The autoscaler's own controller does the rest.
    await vi.waitFor(async () => expect(await at("deployment", "elastic", "spec.replicas")).toBe(3), 60_000);
  });

  const raised = [replicas("Deployment", "web", 2, 3)];
  const weighed = [weight("HTTPRoute", "split", "blue", 90, 5), weight("DNSEndpoint", "names", "blue", 90, 0)];

  it("sets the weights of routes and records, and names in the preview what it leaves alone", async () => {
    const held = [
      weight("HTTPRoute", "split-ignoring", "blue", 90, 5),
      weight("HTTPRoute", "split-kept", "blue", 90, 5),
      weight("DNSEndpoint", "names-opted-out", "blue", 90, 5),
    ];
    // One replica each goes back to what the program writes.
    const { steps, warnings } = await apply(...raised, ...weighed, ...held);
    expect(changed(steps).filter(([, kind]) => kind === "HTTPRoute" || kind === "DNSEndpoint")).toEqual([
      ["update", "DNSEndpoint", "names", "spec.endpoints[0].providerSpecific[0].value: 90 → 0"],
      ["update", "HTTPRoute", "split", "spec.rules[0].backendRefs[0].weight: 90 → 5"],
    ]);
    for (const line of [
      "weight of blue in split-ignoring alone: ignoreChanges",
      "weight of blue in split-kept alone: protected",
      "weight of blue in names-opted-out alone: optedOut",
    ]) {
      expect(warnings).toContain(line);
    }
    const refs = (await at("httproute", "split", "spec.rules[0].backendRefs")) as { name: string; weight: number }[];
    expect(refs.map((r) => [r.name, r.weight])).toEqual([
      ["blue", 5],
      ["green", 10],
    ]);
    expect(await at("httproute", "split", "spec.rules[1].backendRefs[0].weight")).toBe(1);
    expect(await at("dnsendpoint", "names", "spec.endpoints[0].providerSpecific[0].value")).toBe("0");
    expect(await at("httproute", "split-kept", "spec.rules[0].backendRefs[0].weight")).toBe(90);
    expect(await at("deployment", "spread", "spec.replicas")).toBe(2);
  });

  it("reserves room by pods that make way for one that needs it", async () => {
    const { steps } = await apply(...raised, ...weighed, slots(2));
    expect(changed(steps)).toEqual([
      ["create", "Deployment", "firebreak-reserve-web"],
      ["create", "Namespace", "firebreak-reservations"],
      ["create", "PriorityClass", "firebreak-reservations"],
    ]);
    const pods = async () => {
      const list = JSON.parse(await testbed().kubectl("get", "pods", "-n", spare, "-o", "json"));
      return (list.items as { spec: { priority: number; nodeName?: string } }[]).map(({ spec }) => spec);
    };
    await vi.waitFor(async () => {
      expect((await pods()).map((p) => p.nodeName).sort()).toEqual(["node-0", "node-3"]);
    }, 60_000);
    expect((await pods()).map((p) => p.priority)).toEqual([-10, -10]);

    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "needy", namespace: home },
      spec: {
        nodeSelector: { "topology.kubernetes.io/zone": "zone-a" },
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "main", image: "example:1", resources: { requests: { cpu: "5" } } }],
      },
    };
    const file = join(workspace.folder, "needy.json");
    writeFileSync(file, JSON.stringify(pod));
    await testbed().kubectl("apply", "-f", file);
    await testbed().kubectl("wait", "-n", home, "--for=condition=PodScheduled", "pod/needy", "--timeout=120s");
    await vi.waitFor(async () => {
      const places = (await pods()).map((p) => p.nodeName);
      expect(places.filter((node) => node !== undefined)).toHaveLength(1);
      expect(places).toHaveLength(2);
    }, 60_000);
    await testbed().kubectl("delete", "pod", "needy", "-n", home);
  });

  it("tries changes on the cluster before: foreign owners, quotas, values that are not taken", async () => {
    const cluster = openCluster();
    if ("unreachable" in cluster) throw new Error(cluster.unreachable);
    const { kubectl } = testbed();
    const takeRules = (weight: number) => {
      const patch = JSON.stringify([{ op: "add", path: "/spec/rules/0/backendRefs/0/weight", value: weight }]);
      const as = ["--type=json", `--patch=${patch}`, "--field-manager=rollouts"];
      return kubectl("patch", "httproute", "split", "-n", home, ...as);
    };
    await takeRules(7);
    await kubectl("create", "quota", "full", "-n", spare, "--hard=pods=2");
    const wanted = [
      weight("HTTPRoute", "split", "blue", 90, 4),
      weight("DNSEndpoint", "names", "blue", 90, 4),
      replicas("HorizontalPodAutoscaler", "elastic", 2, 4),
      slots(3),
    ];
    const objects = readNamedObjects(
      await exportState(stack),
      wanted.map((c) => c.target),
    );
    const settings = reservationSettings({ project: "moves", stack: stack.name }, () => undefined);
    await vi.waitFor(async () => {
      const { findings } = await preflight(cluster, wanted, objects, { settings, namespaceOf: () => home });
      expect(findings.map((f) => [f.change?.kind, f.change?.target.name, f.reason])).toEqual([
        ["dnsWeight", "split", "ownedByOther"],
        ["reservation", "firebreak-reserve-web", "quota"],
      ]);
    }, 30_000);
    // Without the command line the program itself holds the slot back, and the two there are stay.
    decide(...raised, ...weighed, slots(3));
    const shown = await previewStack(options());
    expect(shown.warnings.join("\n")).toMatch(
      /firebreak-reserve-web to 3 \(reservation\) is not added: quota \(in namespace/,
    );
    expect(shown.warnings.join("\n")).toContain("weight of blue in split alone: ownedByOther (spec.rules[*]");
    expect(changed(shown.steps.filter((s) => s.op !== "same")).filter(([, kind]) => kind === "Deployment")).toEqual([]);
    await kubectl("delete", "quota", "full", "-n", spare);
    // The rule's list is given back, as a person would.
    await takeRules(5);
  });

  it("changes nothing in a namespace whose kill switch is on", async () => {
    await testbed().kubectl("annotate", "namespace", home, "firebreak.dev/kill-switch=true");
    decide(...raised, ...weighed, slots(2), replicas("Deployment", "spread", 2, 3));
    const shown = await previewStack(options());
    expect(shown.warnings.join("\n")).toMatch(/an update that changes spread will be stopped: killSwitch/);
    await expect(upStack(options())).rejects.toThrow(
      /carries firebreak.dev\/kill-switch: "true": spread is not changed/,
    );
    expect(await at("deployment", "spread", "spec.replicas")).toBe(2);

    const cluster = openCluster();
    if ("unreachable" in cluster) throw new Error(cluster.unreachable);
    const services = [{ id: "web", addresses: [] }];
    const { targets } = readTargets(await exportState(stack), { instances: [], services, domains: [] });
    const owned = withOwners(targets, await readOwners(cluster, targets));
    expect(owned.map((t) => t.hold?.reason)).toEqual(["killSwitch"]);
    await testbed().kubectl("annotate", "namespace", home, "firebreak.dev/kill-switch-");
  });

  it("steps a reservation down, and removes it with the last slot", async () => {
    await apply(...raised, ...weighed, slots(1));
    expect(await at("deployment", "firebreak-reserve-web", "spec.replicas", spare)).toBe(1);
    const { steps } = await apply(...raised, ...weighed);
    expect(changed(steps).filter(([op]) => op === "delete")).toEqual([
      ["delete", "Deployment", "firebreak-reserve-web"],
      ["delete", "Namespace", "firebreak-reservations"],
      ["delete", "PriorityClass", "firebreak-reservations"],
    ]);
    await expect(get("namespace", spare)).rejects.toThrow(/not found/);
  });

  it("changes nothing the second time, and has an audit of each change before and after", async () => {
    // Another decision of the same changes: its id is all that is new.
    const { steps } = await apply(...raised, ...weighed);
    expect(changed(steps)).toEqual([]);
    expect(steps.map((s) => s.type)).toEqual([expect.stringContaining("RiskAssessment")]);
    expect(verifyAudit(audit)).toMatchObject({ problems: [], torn: [] });
    const written = readAudit(audit)
      .filter((r) => r.phase !== "refused")
      .map((r) => `${r.name} ${r.operation} ${r.change?.kind} ${r.change?.from}→${r.change?.to} ${r.phase}`);
    for (const change of [
      "web update replicas 2→3",
      "elastic update replicas 2→3",
      "queue update replicas 1→2",
      "split update dnsWeight 90→5",
      "names update dnsWeight 90→0",
      "firebreak-reserve-web create reservation 0→2",
      "firebreak-reserve-web update reservation 2→1",
    ]) {
      expect(written).toContain(`${change} before`);
      expect(written).toContain(`${change} after`);
    }
    expect(written).toContain("firebreak-reserve-web delete reservation 1→0 before");
  });
});

/** The values that an object is made of, each with its path. */
function leavesOf(value: unknown, path: readonly string[]): [readonly string[], unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value)
    .filter(([key]) => !key.startsWith("__"))
    .flatMap(([key, item]) => leavesOf(item, [...path, key]));
}
