import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { describeInventory, placePods, writeInventory } from "../../examples/online-boutique/inventory.js";
import { services } from "../../examples/online-boutique/services.js";
import { readInventory } from "../../graph/inventory.js";

const file = readFileSync(new URL("../../examples/online-boutique/inventory.yaml", import.meta.url), "utf8");

describe("the example's inventory", () => {
  it("is the file that the table of services gives", () => {
    expect(file).toBe(writeInventory());
    expect(parse(file)).toEqual(describeInventory());
  });

  it("is one that Firebreak reads", () => {
    const inventory = readInventory(parse(file));
    expect(inventory.instances.map((i) => i.id).sort()).toEqual(
      placePods()
        .map((p) => p.id)
        .sort(),
    );
    expect(inventory.services).toHaveLength(11);
  });

  it("puts the replicas of a service on zones of their own", () => {
    for (const { name } of services) {
      const zones = placePods().flatMap((pod) => (pod.spec.name === name ? [pod.zone] : []));
      expect(new Set(zones).size).toBe(zones.length);
    }
  });

  it("gives each pod an address of its own", () => {
    const addresses = placePods().map((pod) => pod.address);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it("leaves room on every host for more pods", () => {
    const { domains, instances } = describeInventory();
    for (const domain of domains) {
      if (!("cpu" in domain)) continue;
      const used = instances.filter((i) => i.host === domain.id).reduce((sum, i) => sum + i.cpu, 0);
      expect(used).toBeGreaterThan(0);
      expect(used).toBeLessThan(domain.cpu / 2);
    }
  });
});
