import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capacityReservations } from "../../provider/reservation/capacityReservations.js";
import type { ReservationStackChange } from "../../provider/stackChange.js";

function reserve(
  service: string,
  to: number,
  more: Partial<ReservationStackChange["slot"]> = {},
): ReservationStackChange {
  const machine = { instanceType: "m5.large", platform: "Linux/UNIX", running: { a: 2, b: 1, c: 0 } };
  return {
    ...{ kind: "reservation", service, from: 0, to, reason: "a zone may fail" },
    target: { type: "aws:ec2/capacityReservation:CapacityReservation", name: `firebreak-reserve-${service}` },
    slot: { cpu: 2, memory: 8, capacity: 100, zones: ["a", "b", "c"], machine, ...more },
  };
}

const shown = (...changes: ReservationStackChange[]) =>
  capacityReservations(changes).map(({ name, props }) => `${name} ${props.instanceCount}`);

describe("the capacity reservations of a decision", () => {
  it("are open, of the machine's kind, and carry the service's name", () => {
    expect(capacityReservations([reserve("web", 1)])).toEqual([
      {
        type: "aws:ec2/capacityReservation:CapacityReservation",
        name: "firebreak-reserve-web/a",
        props: {
          availabilityZone: "a",
          instanceType: "m5.large",
          instancePlatform: "Linux/UNIX",
          instanceCount: 3,
          instanceMatchCriteria: "open",
          endDateType: "unlimited",
          tags: { Name: "firebreak-reserve-web", "firebreak.dev/service": "web" },
        },
      },
    ]);
  });

  it.each<[string, ReservationStackChange[], string[]]>([
    ["hold what runs and the slots", [reserve("web", 2)], ["firebreak-reserve-web/a 3", "firebreak-reserve-web/b 2"]],
    [
      "are in healthy zones of the group only",
      [reserve("web", 2, { zones: ["b", "d"] })],
      ["firebreak-reserve-web/b 3"],
    ],
    [
      "hold what runs once for all services",
      [reserve("web", 1), reserve("api", 2)],
      ["firebreak-reserve-api/a 3", "firebreak-reserve-api/b 2", "firebreak-reserve-web/a 1"],
    ],
    ["are none for no slot", [reserve("web", 0)], []],
    ["are none where no machine is known", [reserve("web", 1, { machine: undefined })], []],
  ])("%s", (_, changes, expected) => {
    expect(shown(...changes)).toEqual(expected);
  });

  it("hold every slot, as evenly as may be, whatever the number", () => {
    fc.assert(
      fc.property(fc.nat(40), fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 }), (to, zones) => {
        const running = Object.fromEntries(zones.map((zone) => [zone, 0]));
        const machine = { instanceType: "m5.large", platform: "Linux/UNIX", running };
        const counts = capacityReservations([reserve("web", to, { zones, machine })]).map((r) => r.props.instanceCount);
        expect(counts.reduce((sum, n) => sum + n, 0)).toBe(to);
        expect(Math.max(0, ...counts) - (counts.length < zones.length ? 0 : Math.min(...counts))).toBeLessThanOrEqual(
          1,
        );
      }),
    );
  });
});
