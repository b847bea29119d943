import { describe, expect, it } from "vitest";
import { addressHolders } from "../../graph/holders.js";
import { readInventory } from "../../graph/inventory.js";

const written = {
  instances: [
    {
      id: "api-1",
      service: "api",
      addresses: ["10.0.0.2"],
      held: [{ address: "10.0.0.2", from: "2026-11-25T10:00:00Z" }],
    },
  ],
  services: [{ id: "cart", held: [{ address: "::ffff:10.0.0.2", from: 1_000_000_000, to: "2026-11-25T10:00:00Z" }] }],
};

describe("who held an address", () => {
  it("is an instance by its id, and a service for replicas that are gone, in plain spelling and unix seconds", () => {
    const then = Date.parse("2026-11-25T10:00:00Z") / 1000;
    expect(addressHolders(readInventory(written))).toEqual([
      { address: "10.0.0.2", from: 1_000_000_000, to: then, holder: "cart" },
      { address: "10.0.0.2", from: then, to: 1e12, holder: "api-1" },
    ]);
  });

  it.each([
    [
      "two at a time",
      { address: "10.0.0.2", from: 1_000_000_000 },
      'instances[0].held[0]: "10.0.0.2" is still held at services[0].held[0] then',
    ],
    [
      "a time that ends before it begins",
      { address: "a", from: 10, to: 5 },
      "ends before it begins; correct from or to",
    ],
    ["a time that is none", { address: "a", from: "noon" }, "expected a time such as 2026-11-25T10:00:00Z"],
  ])("refuses %s", (_, held, message) => {
    const services = [{ id: "cart", held: [held] }];
    expect(() => readInventory({ ...written, services })).toThrow(message);
  });
});
