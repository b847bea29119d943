import type { Mark } from "../../../provider/migration/aws/mark.js";
import type { GroupView, Member } from "../../../provider/migration/aws/view.js";

/** An instance in service, named after its zone: `a1` is in `zone-a`. */
export function memberOf(id: string, more: Partial<Member> = {}): Member {
  return {
    id,
    zone: `zone-${id.charAt(0)}`,
    lifecycle: "InService",
    healthy: true,
    kept: false,
    weighted: false,
    launchedAt: Number(id.slice(1)),
    ...more,
  };
}

/** A group at rest, in zones a, b and c, with room for one instance more. */
export function groupOf(members: readonly (string | Member)[], more: Partial<GroupView> = {}): GroupView {
  return {
    name: "web",
    min: 1,
    max: members.length + 1,
    desired: members.length,
    zones: ["zone-a", "zone-b", "zone-c"],
    suspended: [],
    optOut: null,
    members: members.map((m) => (typeof m === "string" ? memberOf(m) : m)),
    mark: null,
    warmUp: 0,
    ...more,
  };
}

export function markOf(instance: string, more: Partial<Mark> = {}): Mark {
  return { instance, desired: 2, outside: 0, since: 2, zone: "zone-a", holder: "ann/1", beat: 0, ...more };
}
