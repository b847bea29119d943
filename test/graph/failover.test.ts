import { describe, expect, it } from "vitest";
import { resolveEndpoints } from "../../graph/endpoints.js";
import { defaultEstimates } from "../../graph/estimate.js";
import { findFailover, gatherOutcomes } from "../../graph/failover.js";
import { readInventory } from "../../graph/inventory.js";
import { edgeOf } from "./edges.js";

const inventory = readInventory({
  instances: [
    { id: "api-0", service: "api", addresses: ["10.0.0.1"] },
    { id: "api-1", service: "api", addresses: ["10.0.0.2"] },
    { id: "db-0", service: "db" },
  ],
});
const clients = ["10.0.0.1", "10.0.0.2", "192.0.2.9"];
const endpoints = resolveEndpoints(
  inventory,
  clients.map((client) => edgeOf(client, "db-0")),
);
const outcomes = gatherOutcomes(
  clients.map((client) => ({ client, group: "db", trials: 20, survived: 5 })),
  endpoints,
);
const estimates = { ...defaultEstimates, failover: 0.9, failoverTrials: 10 };

describe("findFailover", () => {
  it("is the posterior mean of what the client's replicas got over together; who is unknown tells nothing", () => {
    const found = findFailover("api", "db", undefined, outcomes, estimates);
    expect(found).toMatchObject({ from: "outcomes", trials: 40, survived: 10 });
    expect(found.value).toBeCloseTo((10 + 10 * 0.9) / (40 + 10), 12);
  });

  it("is the tier's or the default where nothing was seen", () => {
    const tiers = { data: { failover: 0.2 } };
    expect(findFailover("web", "db", "data", outcomes, { ...estimates, tiers })).toMatchObject({
      value: 0.2,
      from: "tier",
    });
    expect(findFailover("web", "db", undefined, outcomes, estimates)).toMatchObject({ value: 0.9, from: "default" });
  });

  it("is the override before everything", () => {
    const dependencies = [{ client: "api", service: "db", failover: 0.5 }];
    const found = findFailover("api", "db", undefined, outcomes, { ...estimates, dependencies });
    expect(found).toMatchObject({ value: 0.5, from: "override" });
  });
});
