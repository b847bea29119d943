import { describe, expect, it } from "vitest";
import type { Inventory, InventoryInstance } from "../../graph/types.js";
import { riskAssessmentType } from "../../provider/applied.js";
import { readWeightedTargets, readWeightedTargetsFromPreview } from "../../provider/readWeights.js";

const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };
const routeType = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";
const endpointType = "kubernetes:externaldns.k8s.io/v1alpha1:DNSEndpoint";

function resource(type: string, name: string, spec: unknown, more: object = {}) {
  const urn = `urn:pulumi:dev::shop::${type}::${name}`;
  return { urn, type, custom: true, inputs: { metadata: { name, namespace: "shop" }, spec }, outputs: {}, ...more };
}
const ref = (name: string, weight?: unknown, more: object = {}) => ({
  name,
  ...(weight !== undefined && { weight }),
  ...more,
});
const route = (...rules: readonly (readonly object[])[]) =>
  resource(routeType, "web", { rules: rules.map((backendRefs) => ({ backendRefs })) });
const endpoint = (setIdentifier: unknown, value: unknown, targets: readonly unknown[] = []) => ({
  dnsName: "web.example.com",
  recordType: "A",
  setIdentifier,
  targets,
  providerSpecific: [
    { name: "aws/evaluate-target-health", value: "true" },
    { name: "aws/weight", value },
  ],
});
const applied = (change: object) => ({
  urn: `urn:pulumi:dev::shop::${riskAssessmentType}::firebreak`,
  type: riskAssessmentType,
  inputs: { decisionId: "sha256:1", changes: [{ kind: "dnsWeight", service: "web", from: 100, to: 10, ...change }] },
});
const state = (...resources: object[]) => ({ version: 3, deployment: { resources } });
const instance = (id: string, more: Partial<InventoryInstance> = {}): InventoryInstance => ({
  id,
  service: "web",
  addresses: [],
  ...more,
});
const inventory: Inventory = {
  instances: [
    instance("web-1", { backends: ["blue"], namespace: "shop" }),
    instance("web-2", { backends: ["green"], namespace: "shop", addresses: ["10.0.0.2"] }),
    instance("web-0", { backends: ["blue"], namespace: "shop" }),
    instance("api-0", { service: "api", backends: ["api", "blue"], namespace: "other" }),
  ],
  services: [],
  domains: [],
};
const weights = (...resources: object[]) =>
  readWeightedTargets(state(...resources), inventory).map((w) => [w.backend, w.weight, w.instances, w.hold?.reason]);

describe("the weights of an HTTPRoute", () => {
  it("are those of the rules that split their traffic, with the instances behind each Service of its namespace", () => {
    const found = readWeightedTargets(state(route([ref("blue", 90), ref("green")], [ref("green", 5)])), inventory);
    expect(found).toEqual([
      {
        service: "web",
        type: routeType,
        name: "web",
        urn: `urn:pulumi:dev::shop::${routeType}::web`,
        namespace: "shop",
        objectName: "web",
        backend: "blue",
        weight: 90,
        most: 1_000_000,
        instances: ["web-0", "web-1"],
        hold: null,
      },
      expect.objectContaining({ backend: "green", weight: 1, instances: ["web-2"], hold: null }),
    ]);
    expect(weights(route([ref("blue", 1)]))).toEqual([]);
  });

  it("leave out what is no Service, and tell namespaces apart", () => {
    expect(
      weights(route([ref("blue", 1, { kind: "Bucket" }), ref("green", 2), ref("blue", 3, { namespace: "other" })])),
    ).toEqual([
      ["other/blue", 3, ["api-0"], undefined],
      ["green", 2, ["web-2"], undefined],
    ]);
  });

  it.each([
    ["protected", { protect: true }, "protected"],
    ["ignoring its rules", { ignoreChanges: ["spec.rules"] }, "ignoreChanges"],
    ["ignoring every weight", { ignoreChanges: ["spec.rules[*].backendRefs[*].weight"] }, "ignoreChanges"],
    ["ignoring hostnames", { ignoreChanges: ["spec.hostnames"] }, undefined],
  ])("are held where the route is %s", (_title, options, reason) => {
    const held = { ...route([ref("blue", 1), ref("green", 1)]), ...options };
    expect(weights(held).map((w) => w[3])).toEqual([reason, reason]);
  });

  it("are held where a weight is hidden or said twice, and where nobody knows who is behind", () => {
    expect(weights(route([ref("blue", secret), ref("green", 2)]))).toEqual([
      ["blue", null, ["web-0", "web-1"], "unknownValue"],
      ["green", 2, ["web-2"], undefined],
    ]);
    const twice = route([ref("blue", 1), ref("green", 1)], [ref("blue", 2), ref("green", 1)]);
    expect(weights(twice)[0]).toEqual(["blue", null, ["web-0", "web-1"], "unknownValue"]);
    expect(weights(route([ref("blue", 1), ref("gone", 1)]))).toContainEqual(["gone", 1, [], "noTarget"]);
  });
});

describe("the weights of a DNSEndpoint", () => {
  it("are the texts of aws/weight, with the instances of its set identifier and of its addresses", () => {
    const endpoints = [endpoint("blue", "100"), endpoint("z2", "50", ["10.0.0.2"]), { dnsName: "plain", targets: [] }];
    const found = readWeightedTargets(state(resource(endpointType, "dns", { endpoints })), inventory);
    expect(found.map((w) => [w.service, w.backend, w.weight, w.most, w.instances, w.hold?.reason])).toEqual([
      ["api", "blue", 100, 255, ["api-0", "web-0", "web-1"], "notSupported"],
      ["web", "z2", 50, 255, ["web-2"], undefined],
    ]);
  });

  it("are not known where they are no number", () => {
    const dns = resource(endpointType, "dns", { endpoints: [endpoint("green", "many"), endpoint("z2", secret)] });
    expect(weights(dns).map((w) => [w[0], w[1], w[3]])).toEqual([
      ["green", null, "unknownValue"],
      ["z2", null, "unknownValue"],
    ]);
  });
});

describe("weights as the program writes them", () => {
  const target = { type: routeType, name: "web" };
  it.each([
    ["what was decided is in the state", 10, { backend: "blue", target }, 100],
    ["the program wrote another since", 30, { backend: "blue", target }, 30],
    ["the change is another backend's", 10, { backend: "green", target }, 10],
    ["the change is another route's", 10, { backend: "blue", target: { ...target, name: "api" } }, 10],
  ])("%s", (_title, inState, change, written) => {
    expect(weights(route([ref("blue", inState), ref("green", 1)]), applied(change))[0]?.[1]).toBe(written);
  });

  it("are read from the preview of a stack that was never deployed", () => {
    const newState = route([ref("blue", 3), ref("green", 1)]);
    const found = readWeightedTargetsFromPreview({ steps: [{ op: "create", urn: newState.urn, newState }] }, inventory);
    expect(found.map((w) => [w.backend, w.weight])).toEqual([
      ["blue", 3],
      ["green", 1],
    ]);
  });
});
