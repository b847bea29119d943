import { compareText, sortBy } from "../../graph/order.js";
import type { ReservationStackChange, StackChange } from "../stackChange.js";

/** An EC2 capacity reservation that Firebreak declares for itself; its properties are named as in `@pulumi/aws`. */
export interface DeclaredCapacity {
  /** Pulumi type. */
  readonly type: string;
  /** Pulumi name: `firebreak-reserve-SERVICE/ZONE`. */
  readonly name: string;
  readonly props: {
    readonly availabilityZone: string;
    readonly instanceType: string;
    readonly instancePlatform: string;
    readonly instanceCount: number;
    readonly [property: string]: unknown;
  };
}

/**
 * What keeps the reserved slots of the changes free on EC2: for each service one reservation in each of its healthy zones,
 * slots shared out evenly, the first zones first.
 *
 * A reservation is `open`: instances that match it by type, platform and zone run in it without asking, those first that
 * run already (Amazon EC2 User Guide, Capacity Reservations). So in each zone the first reservation of a kind of machine
 * holds all that run there besides its slots; only what nothing runs in costs extra.
 */
export function capacityReservations(changes: readonly StackChange[]): DeclaredCapacity[] {
  const held = new Set<string>();
  return sortBy(changes.filter(isReserved), (c) => c.service).flatMap(({ service, slot, target, to }) => {
    const { machine } = slot;
    if (machine === undefined) return [];
    const zones = zonesOf(slot);
    return zones.flatMap((zone, i): DeclaredCapacity[] => {
      const slots = Math.floor(to / zones.length) + (i < to % zones.length ? 1 : 0);
      if (slots === 0) return [];
      const kind = [machine.instanceType, machine.platform, zone].join("\n");
      const running = held.has(kind) ? 0 : (machine.running?.[zone] ?? 0);
      held.add(kind);
      const props = {
        availabilityZone: zone,
        instanceType: machine.instanceType,
        instancePlatform: machine.platform,
        instanceCount: slots + running,
        instanceMatchCriteria: "open",
        endDateType: "unlimited",
        tags: { Name: target.name, "firebreak.dev/service": service },
      };
      return [{ type: target.type, name: `${target.name}/${zone}`, props }];
    });
  });
}

/** Healthy zones that the service may use; a slot in another would stay empty. */
function zonesOf({ zones, machine }: ReservationStackChange["slot"]): readonly string[] {
  const usable = machine?.running === undefined ? zones : zones.filter((zone) => zone in (machine.running ?? {}));
  return [...usable].sort(compareText);
}

function isReserved(change: StackChange): change is ReservationStackChange {
  return change.kind === "reservation" && change.to > 0 && change.target.type.startsWith("aws:");
}
