import { describe, expect, it } from "vitest";
import type { Inventory } from "../../graph/types.js";
import { InputError } from "../../input/problems.js";
import { readApplied, riskAssessmentType } from "../../provider/applied.js";
import { readTargets, readTargetsFromPreview } from "../../provider/readTargets.js";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };

interface Given {
  readonly type?: string;
  readonly metadata?: object;
  readonly spec?: unknown;
  readonly [field: string]: unknown;
}

function workload(name: string, { type = "kubernetes:apps/v1:Deployment", metadata, spec, ...fields }: Given = {}) {
  const urn = `urn:pulumi:dev::shop::${type}::${name}`;
  const inputs = { metadata: { name, namespace: "shop", ...metadata }, spec: spec ?? { replicas: 2 } };
  return { urn, type, custom: true, inputs, outputs: {}, ...fields };
}

const hpa = (target: object) =>
  workload("hpa", { type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler", spec: { scaleTargetRef: target } });
const state = (...resources: object[]) => ({ version: 3, deployment: { manifest: {}, resources } });
const inventoryOf = (...services: (string | { id: string; urn: string })[]): Inventory => ({
  instances: [],
  services: services.map((s) => (typeof s === "string" ? { id: s, addresses: [] } : { ...s, addresses: [] })),
  domains: [],
});
const applied = (
  to: number,
  from: number,
  target: object = { type: "kubernetes:apps/v1:Deployment", name: "api" },
) => ({
  urn: `urn:pulumi:dev::shop::${riskAssessmentType}::firebreak`,
  type: riskAssessmentType,
  inputs: { decisionId: "sha256:1", changes: [{ kind: "replicas", service: "api", target, from, to }] },
});

describe("replicas as the program writes them", () => {
  it.each([
    ["no decision applied", [workload("api")], 2],
    ["the decided number in the state", [workload("api", { spec: { replicas: 5 } }), applied(5, 3)], 3],
    ["a number written since", [workload("api", { spec: { replicas: 7 } }), applied(5, 3)], 7],
    [
      "a change of another resource",
      [workload("api"), applied(2, 1, { type: "kubernetes:apps/v1:Deployment", name: "web" })],
      2,
    ],
    [
      "a change of the same name under another parent",
      [
        workload("api"),
        applied(2, 1, { type: "kubernetes:apps/v1:Deployment", name: "api", urn: "urn:pulumi:dev::shop::a$b::api" }),
      ],
      2,
    ],
    ["none written", [workload("api", { spec: {} })], null],
    ["a secret", [workload("api", { spec: { replicas: secret } })], null],
  ])("%s", (_, resources, replicas) => {
    expect(readTargets(state(...resources), inventoryOf("api")).targets).toMatchObject([{ service: "api", replicas }]);
  });
});

describe("what the state holds", () => {
  it.each([
    ["a plain Deployment", [workload("api")], null],
    ["a StatefulSet", [workload("api", { type: "kubernetes:apps/v1:StatefulSet" })], "identityBound"],
    ["a Deployment of an old API", [workload("api", { type: "kubernetes:apps/v1beta2:Deployment" })], null],
    ["protect", [workload("api", { protect: true })], "protected"],
    ["ignoreChanges on replicas", [workload("api", { ignoreChanges: ["spec.replicas"] })], "ignoreChanges"],
    ["ignoreChanges above", [workload("api", { ignoreChanges: ["spec"] })], "ignoreChanges"],
    ["ignoreChanges in quotes", [workload("api", { ignoreChanges: ['spec["replicas"]'] })], "ignoreChanges"],
    ["ignoreChanges elsewhere", [workload("api", { ignoreChanges: ["spec.template"] })], null],
    ["an autoscaler", [workload("api"), hpa({ kind: "Deployment", name: "api" })], "ownedByOther"],
    ["an autoscaler of another kind", [workload("api"), hpa({ kind: "StatefulSet", name: "api" })], null],
    ["an autoscaler of another name", [workload("api"), hpa({ kind: "Deployment", name: "web" })], null],
    [
      "an autoscaler of another namespace",
      [workload("api", { metadata: { namespace: "b" } }), hpa({ kind: "Deployment", name: "api" })],
      null,
    ],
    ["secret replicas", [workload("api", { spec: { replicas: secret } })], "unknownValue"],
    ["unknown replicas", [workload("api", { spec: { replicas: unknown } })], "unknownValue"],
    ["a secret spec", [workload("api", { spec: secret })], "unknownValue"],
  ])("%s", (_, resources, reason) => {
    const [target] = readTargets(state(...resources), inventoryOf("api")).targets;
    expect(target?.hold?.reason ?? null).toBe(reason);
  });
});

describe("which resource runs a service", () => {
  const nameOf = (inventory: Inventory, ...resources: object[]) => {
    const { targets, warnings } = readTargets(state(...resources), inventory);
    return { names: targets.map((t) => `${t.service}=${t.name}`), warnings };
  };

  it("is the one that the urn pattern names, before any name", () => {
    const inventory = inventoryOf({ id: "api", urn: "**::kubernetes:apps/v1:Deployment::backend" });
    expect(nameOf(inventory, workload("api"), workload("backend"))).toEqual({ names: ["api=backend"], warnings: [] });
  });

  it("is the one of its object name, before any label", () => {
    const labelled = workload("web", { metadata: { labels: { app: "api" } } });
    expect(nameOf(inventoryOf("api"), labelled, workload("api")).names).toEqual(["api=api"]);
  });

  it("is the one that Pulumi named after it", () => {
    const metadata = { name: "api-1a2b3c4d", annotations: { "pulumi.com/autonamed": "true" } };
    expect(nameOf(inventoryOf("api"), workload("api", { metadata })).names).toEqual(["api=api"]);
  });

  it("is the one whose pods carry its app label", () => {
    const spec = { template: { metadata: { labels: { "app.kubernetes.io/name": "api" } } } };
    expect(nameOf(inventoryOf("api"), workload("blue", { spec })).names).toEqual(["api=blue"]);
  });

  it("is none, with a warning, where several fit", () => {
    const labels = { labels: { app: "api" } };
    const found = nameOf(
      inventoryOf("api"),
      workload("green", { metadata: labels }),
      workload("blue", { metadata: labels }),
    );
    expect(found.names).toEqual([]);
    expect(found.warnings).toEqual([
      "service api: its app label fits 2 resources (blue, green), so none is changed; name one with `urn` in the inventory",
    ]);
  });

  it("is none, with a warning, where two services claim one resource", () => {
    const inventory = inventoryOf({ id: "a", urn: "**::api" }, { id: "b", urn: "**::api" });
    const found = nameOf(inventory, workload("api"));
    expect(found.names).toEqual([]);
    expect(found.warnings).toEqual([expect.stringContaining("resource api fits 2 services (a, b)")]);
  });

  it("is none, with a warning, where the pattern fits nothing", () => {
    const found = nameOf(inventoryOf({ id: "api", urn: "**::gone" }), workload("api"));
    expect(found.names).toEqual([]);
    expect(found.warnings).toEqual([expect.stringContaining("fits urn **::gone")]);
  });

  it("is looked for the services of instances too, and leaves out what waits for deletion", () => {
    const inventory: Inventory = {
      instances: [{ id: "api-0", service: "api", addresses: [] }],
      services: [],
      domains: [],
    };
    expect(nameOf(inventory, workload("api", { delete: true })).names).toEqual([]);
    expect(nameOf(inventory, workload("api")).names).toEqual(["api=api"]);
  });
});

describe("the preview of a stack that was never deployed", () => {
  it("gives what would be left behind", () => {
    const step = (op: string, resource: ReturnType<typeof workload>) => ({ op, urn: resource.urn, newState: resource });
    const preview = {
      steps: [
        { op: "create", urn: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev" },
        step("create", workload("api")),
        step("delete", workload("web")),
      ],
    };
    const { targets } = readTargetsFromPreview(preview, inventoryOf("api", "web"));
    expect(targets.map((t) => t.service)).toEqual(["api"]);
  });
});

describe("the decision that was applied last", () => {
  it("is read from the risk assessment", () => {
    expect(readApplied(state(applied(5, 3)))).toMatchObject({ decisionId: "sha256:1", changes: [{ from: 3, to: 5 }] });
  });

  it.each([
    ["no assessment", state(workload("api"))],
    ["an empty stack", { version: 3, deployment: { manifest: {} } }],
    ["an assessment without a decision", state({ ...applied(5, 3), inputs: { decisionId: "", changes: [] } })],
  ])("is none: %s", (_, exported) => {
    expect(readApplied(exported)).toBeNull();
  });

  it("is refused where the file is no export", () => {
    expect(() => readApplied({ steps: [] })).toThrow(InputError);
    expect(() => readApplied(state({ type: "x" }))).toThrow(/deployment.resources\[0\].urn/);
  });
});
