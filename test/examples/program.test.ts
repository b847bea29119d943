import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { describeInventory } from "../../examples/online-boutique/inventory.js";
import { Microservice } from "../../examples/online-boutique/microservice.js";
import { services } from "../../examples/online-boutique/services.js";
import { matchesUrn, nameOfUrn } from "../../provider/urnPattern.js";

interface Made {
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: Pulumi's mocks hand over properties of any resource
  readonly inputs: any;
}

const made: Made[] = [];
const urns: string[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        made.push({ type, name, inputs });
        return { id: `${name}-id`, state: inputs };
      },
      call: ({ inputs }) => inputs,
    },
    "firebreak-online-boutique",
    "test",
  );
  for (const spec of services) {
    new Microservice(spec.name, { namespace: "boutique", spec }).deployment.urn.apply((urn) => urns.push(urn));
  }
  await pulumi.runtime.disconnect();
});

const deployments = () => made.filter(({ type }) => type === "kubernetes:apps/v1:Deployment");

describe("the example's program", () => {
  it("makes the eleven services, with the replicas of the table", () => {
    const replicas = Object.fromEntries(deployments().map((d) => [d.inputs.metadata.name, d.inputs.spec.replicas]));
    expect(Object.keys(replicas)).toHaveLength(11);
    expect(replicas).toEqual(Object.fromEntries(services.map((spec) => [spec.name, spec.replicas])));
  });

  it("names each object itself, as the application's own addresses need", () => {
    const objects = made.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(objects).toHaveLength(22);
    for (const { name, inputs } of objects) expect(inputs.metadata).toMatchObject({ name, namespace: "boutique" });
  });

  it("gives every address in a service's environment a Service that listens there", () => {
    const listening = made.flatMap(({ type, inputs }) =>
      type === "kubernetes:core/v1:Service" ? [`${inputs.metadata.name}:${inputs.spec.ports[0].port}`] : [],
    );
    for (const { env } of services) {
      for (const [key, value] of Object.entries(env)) if (key.endsWith("_ADDR")) expect(listening).toContain(value);
    }
  });

  it("gives every call of the table an address in the caller's environment", () => {
    for (const { env, calls } of services) {
      const hosts = Object.entries(env).flatMap(([key, value]) => (key.endsWith("_ADDR") ? [value.split(":")[0]] : []));
      expect(hosts.sort()).toEqual(calls.map(({ to }) => to).sort());
    }
  });

  it("spreads every Deployment over the zones, and still schedules where a zone is full", () => {
    for (const { inputs } of deployments()) {
      const { topologySpreadConstraints, containers } = inputs.spec.template.spec;
      expect(topologySpreadConstraints).toMatchObject([
        { topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway", maxSkew: 1 },
      ]);
      expect(inputs.spec.selector.matchLabels).toEqual(inputs.spec.template.metadata.labels);
      expect(containers[0].resources.requests).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
    }
  });

  it("is found by the inventory: each service's pattern fits its Deployment alone", () => {
    expect(urns).toHaveLength(11);
    for (const { id, urn } of describeInventory().services) {
      expect(urns.filter((deployment) => matchesUrn(urn, deployment)).map(nameOfUrn)).toEqual([id]);
    }
  });
});
