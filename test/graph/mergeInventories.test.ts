import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainAddress } from "../../graph/address.js";
import { readInventory } from "../../graph/inventory.js";
import { writeInventory } from "../../graph/inventoryDocument.js";
import { mergeInventories } from "../../graph/mergeInventories.js";
import type { HeldAddress, Inventory, InventoryInstance, InventoryService } from "../../graph/types.js";

const week = 7 * 86_400;
const inventoryOf = (
  instances: readonly InventoryInstance[],
  services: readonly InventoryService[] = [],
  domains: Inventory["domains"] = [],
): Inventory => ({ instances, services, domains });
const pod = (id: string, address: string, from: number, more: Partial<InventoryInstance> = {}): InventoryInstance => ({
  id,
  service: "api",
  addresses: [],
  held: [{ address, from }],
  ...more,
});
const serviceIn = ({ services }: Inventory, id = "api") => services.find((s) => s.id === id);
const instanceIn = ({ instances }: Inventory, id: string) => instances.find((i) => i.id === id);

describe("an address whose replica is gone", () => {
  it("stays with its service, from when the replica had it until now", () => {
    const merged = mergeInventories(
      inventoryOf([pod("a", "10.0.0.1", 100), pod("b", "10.0.0.2", 150)]),
      inventoryOf([pod("b", "10.0.0.2", 150)]),
      1000,
      week,
    );
    expect(instanceIn(merged, "b")?.held).toEqual([{ address: "10.0.0.2", from: 150 }]);
    expect(serviceIn(merged)?.held).toEqual([{ address: "10.0.0.1", from: 100, to: 1000 }]);
  });

  it("is the next one's from when that was started, however it is spelt", () => {
    const merged = mergeInventories(
      inventoryOf([pod("a", "fd00::1", 100)]),
      inventoryOf([pod("b", "FD00:0::0001", 700)]),
      1000,
      week,
    );
    expect(serviceIn(merged)?.held).toEqual([{ address: "fd00::1", from: 100, to: 700 }]);
    expect(instanceIn(merged, "b")?.held).toEqual([{ address: "FD00:0::0001", from: 700 }]);
  });

  it("stays with the replica that was made anew under its name", () => {
    const merged = mergeInventories(
      inventoryOf([pod("db-0", "10.0.0.1", 100)]),
      inventoryOf([pod("db-0", "10.0.0.9", 800)]),
      1000,
      week,
    );
    expect(instanceIn(merged, "db-0")?.held).toEqual([
      { address: "10.0.0.1", from: 100, to: 1000 },
      { address: "10.0.0.9", from: 800 },
    ]);
  });

  it("is forgotten after a while, and with its service", () => {
    const gone = inventoryOf([pod("a", "10.0.0.1", 100), pod("x", "10.0.0.3", 100, { service: "old" })]);
    const now = inventoryOf([pod("b", "10.0.0.2", 150)]);
    const soon = mergeInventories(gone, now, 1000, week);
    expect(serviceIn(soon)?.held).toHaveLength(1);
    expect(serviceIn(soon, "old")).toBeUndefined();
    expect(serviceIn(mergeInventories(soon, now, 1000 + week - 1, week))?.held).toHaveLength(1);
    expect(serviceIn(mergeInventories(soon, now, 1000 + week, week))?.held).toBeUndefined();
  });

  it("that was listed without a time is held from ever", () => {
    const merged = mergeInventories(
      inventoryOf([{ id: "i-1", service: "api", addresses: ["10.0.0.1"] }], [{ id: "api", addresses: ["10.96.0.1"] }]),
      inventoryOf([pod("b", "10.0.0.2", 150)], [{ id: "api", addresses: ["10.96.0.2"] }]),
      1000,
      week,
    );
    expect(serviceIn(merged)).toMatchObject({ addresses: ["10.96.0.2"] });
    expect(serviceIn(merged)?.held).toEqual([
      { address: "10.0.0.1", to: 1000 },
      { address: "10.96.0.1", to: 1000 },
    ]);
  });
});

describe("counts of failures", () => {
  const api = (failures: number, watched: number, from = 100) => pod("a-0", "10.0.0.1", from, { failures, watched });

  it("are those of the replica while it lives", () => {
    const merged = mergeInventories(inventoryOf([api(2, 900)]), inventoryOf([api(3, 1900)]), 2000, week);
    expect(instanceIn(merged, "a-0")).toMatchObject({ failures: 3, watched: 1900 });
    expect(serviceIn(merged)?.failures).toBeUndefined();
  });

  it("add up with the service when it is gone, or made anew", () => {
    const first = inventoryOf([api(2, 900), pod("a-1", "10.0.0.2", 100, { failures: 1, watched: 900 })]);
    const second = mergeInventories(first, inventoryOf([api(0, 100, 1900)]), 2000, week);
    expect(instanceIn(second, "a-0")).toMatchObject({ failures: 0, watched: 100 });
    expect(serviceIn(second)).toMatchObject({ failures: 3, watched: 1800 });
    const third = mergeInventories(second, inventoryOf([pod("a-9", "10.0.0.7", 2500)]), 3000, week);
    expect(serviceIn(third)).toMatchObject({ failures: 3, watched: 1900 });
  });
});

describe("what people added", () => {
  it("stays where nothing else is known, and goes to a new replica where all agree", () => {
    const earlier = inventoryOf(
      [
        pod("a", "10.0.0.1", 100, { capacity: 80, prior: 0.01, criticality: 2 }),
        pod("b", "10.0.0.2", 100, { capacity: 80, prior: 0.02, criticality: 2 }),
      ],
      [{ id: "api", addresses: [], load: 140, urn: "**::api" }],
      [{ kind: "host", id: "n1", prior: 0.002, cpu: 4 }],
    );
    const now = inventoryOf(
      [pod("b", "10.0.0.2", 100, { criticality: 5 }), pod("c", "10.0.0.3", 500)],
      [{ id: "api", addresses: ["10.96.0.1"] }],
      [{ kind: "host", id: "n1", cpu: 8 }],
    );
    const merged = mergeInventories(earlier, now, 1000, week);
    expect(instanceIn(merged, "b")).toMatchObject({ capacity: 80, prior: 0.02, criticality: 5 });
    expect(instanceIn(merged, "c")).toMatchObject({ capacity: 80, criticality: 2 });
    expect(instanceIn(merged, "c")?.prior).toBeUndefined();
    expect(serviceIn(merged)).toMatchObject({ load: 140, urn: "**::api", addresses: ["10.96.0.1"] });
    expect(merged.domains).toEqual([{ kind: "host", id: "n1", prior: 0.002, cpu: 8 }]);
  });
});

/** One look at a cluster in which pods come and go: at most one lives at each address. */
const lookArbitrary = fc.uniqueArray(
  fc.record({
    slot: fc.integer({ min: 0, max: 3 }),
    name: fc.integer({ min: 0, max: 5 }),
    service: fc.constantFrom("api", "web"),
    age: fc.integer({ min: 1, max: 400 }),
    failures: fc.nat(3),
  }),
  { selector: (p) => p.slot, maxLength: 4 },
);

function lookAt(pods: typeof lookArbitrary extends fc.Arbitrary<infer T> ? T : never, time: number): Inventory {
  const names = new Set<number>();
  return inventoryOf(
    pods.flatMap(({ slot, name, service, age, failures }) => {
      if (names.has(name)) return [];
      names.add(name);
      const more = { service, failures, watched: age };
      return [pod(`pod-${name}`, `10.0.0.${slot}`, time - age, more)];
    }),
  );
}

function holdersAt({ instances, services }: Inventory, address: string, time: number): string[] {
  const holds = ({ held = [] }: { readonly held?: readonly HeldAddress[] }) =>
    held.some((h) => plainAddress(h.address) === address && (h.from ?? -Infinity) <= time && time < (h.to ?? Infinity));
  return [...instances.filter(holds).map((i) => i.service), ...services.filter(holds).map((s) => s.id)];
}

describe("merging again and again", () => {
  const looks = fc.array(lookArbitrary, { minLength: 1, maxLength: 6 });
  const remember = 700;
  const interval = 200;
  const mergeAll = (all: readonly Parameters<typeof lookAt>[0][]) =>
    all.reduce<Inventory>(
      (merged, pods, i) => mergeInventories(merged, lookAt(pods, 1000 + i * interval), 1000 + i * interval, remember),
      inventoryOf([]),
    );

  it("never lets two hold one address at one time", () => {
    fc.assert(
      fc.property(looks, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 500, max: 2200 }), (all, slot, time) => {
        const merged = mergeAll(all);
        expect(holdersAt(merged, `10.0.0.${slot}`, time).length).toBeLessThanOrEqual(1);
        expect(readInventory(writeInventory(merged))).toEqual(merged);
      }),
    );
  });

  it("knows at any time of the last look who held an address then, where the service is still there", () => {
    fc.assert(
      fc.property(looks, (all) => {
        const merged = mergeAll(all);
        const last = 1000 + (all.length - 1) * interval;
        const services = new Set(merged.instances.map((i) => i.service));
        all.forEach((pods, i) => {
          const time = 1000 + i * interval;
          if (time <= last - remember) return;
          for (const { held = [], service } of lookAt(pods, time).instances) {
            const known = holdersAt(merged, held[0]?.address ?? "", time - 0.5);
            const later = all.slice(i + 1).flatMap((next, j) => lookAt(next, time + (j + 1) * interval).instances);
            const contested = later.some(
              (x) => x.held?.[0]?.address === held[0]?.address && (x.held?.[0]?.from ?? 0) < time,
            );
            const stayed = all
              .slice(i + 1)
              .every((next, j) => lookAt(next, time + (j + 1) * interval).instances.some((x) => x.service === service));
            if (!contested && stayed && services.has(service)) expect(known).toEqual([service]);
          }
        });
      }),
    );
  });

  it("changes nothing when nothing has changed", () => {
    fc.assert(
      fc.property(looks, (all) => {
        const merged = mergeAll(all);
        const last = all.at(-1) ?? [];
        const time = 1000 + (all.length - 1) * interval;
        expect(mergeInventories(merged, lookAt(last, time), time, remember)).toEqual(merged);
      }),
    );
  });
});

describe("the document of an inventory", () => {
  it("is read back as the same inventory", () => {
    const inventory = inventoryOf(
      [pod("a", "10.0.0.1", 1_800_000_000.5, { failures: 2, watched: 7.25, zone: "z", cpu: 0.1 })],
      [
        {
          id: "api",
          addresses: ["10.96.0.1"],
          held: [{ address: "10.0.0.2", from: 1, to: 2 }],
          failures: 1,
          watched: 60,
          autoscaler: { min: 2, max: 9 },
          disruptionBudget: { minAvailable: 1 },
        },
      ],
      [{ kind: "host", id: "n1", zone: "z" }],
    );
    const document = writeInventory(inventory);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(readInventory(document)).toEqual(inventory);
  });
});
