import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hold } from "../../../planner/types.js";
import { isReadable, readMark, writeMark } from "../../../provider/migration/aws/mark.js";
import { type Memory, nextStep, type Step } from "../../../provider/migration/aws/nextStep.js";
import { type Departure, vetoOf } from "../../../provider/migration/aws/vetoes.js";
import { type GroupView, serving, staying } from "../../../provider/migration/aws/view.js";
import { groupOf, markOf, memberOf } from "./groups.js";

const departure: Departure = { instance: "a1", offZone: "zone-a" };

describe("why an instance of a group must not be replaced", () => {
  const twoInA = ["a1", "a2", "b3"];
  it.each<[string, GroupView, string | null]>([
    ["nothing against it", groupOf(twoInA), null],
    ["it is in another zone", groupOf([memberOf("a1", { zone: "zone-b" }), "a2"]), "gone"],
    ["the group opts out", groupOf(twoInA, { optOut: { reason: "optedOut", detail: "carries a tag" } }), "optedOut"],
    ["it is protected from scale-in", groupOf([memberOf("a1", { kept: true }), "a2"]), "protected"],
    ["instances have weights", groupOf(["a1", memberOf("a2", { weighted: true })]), "notSupported"],
    ["launching is suspended", groupOf(twoInA, { suspended: ["Launch"] }), "notReady"],
    ["an instance is on its way in", groupOf(["a1", memberOf("a2", { lifecycle: "Pending" })]), "notReady"],
    ["an instance is unhealthy", groupOf(["a1", memberOf("a2", { healthy: false })]), "notReady"],
    ["an instance is missing", groupOf(["a1", "a2"], { desired: 3, max: 9 }), "notReady"],
    ["the group is full", groupOf(twoInA, { max: 3 }), "maxSurge"],
    ["there is no other zone", groupOf(["a1", "a2"], { zones: ["zone-a"] }), "noHealthyZone"],
    ["the zone has the fewest", groupOf(["a1", "b2", "b3", "c4", "c5"]), "notSchedulable"],
    ["the zones would be balanced again", groupOf(["a1", "b2", "c3"]), "notSchedulable"],
    ["balancing is suspended", groupOf(["a1", "b2", "c3"], { suspended: ["AZRebalance"] }), null],
    ["the zone was taken from the group", groupOf(["a1", "b2", "c3"], { zones: ["zone-b", "zone-c"] }), null],
  ])("%s", (_, view, reason) => {
    const source = view.members.find((m) => m.id === "a1");
    expect(source && vetoOf(view, source, departure)?.reason).toBe(reason ?? undefined);
  });
});

describe("the mark on a group", () => {
  it("is read back as it was written, and told from one that says nothing", () => {
    const mark = markOf("i-0123456789abcdef0", { holder: "ann@host/12ab", beat: 7 });
    expect(readMark(writeMark(mark))).toEqual(mark);
    expect(readMark({})).toBeNull();
    expect(isReadable(readMark({ "firebreak:migration": "i-1" }) ?? mark)).toBe(false);
  });
});

describe("the next step of a migration", () => {
  const stop: Hold = { reason: "killSwitch", detail: "stopped" };
  const step = (view: GroupView, more: Partial<Memory> = {}) => {
    const memory = { stopped: null, veto: null, failure: null, raised: false, terminated: false, outcome: null };
    return nextStep(view, { departure, ...memory, waited: () => 0, readyWithin: 900, ...more });
  };
  const marked = { mark: markOf("a1") };
  const surged = { ...marked, desired: 3, max: 3 };
  const late = { waited: () => 901 };
  const leaving = memberOf("a1", { lifecycle: "Terminating" });
  const pending = memberOf("b3", { lifecycle: "Pending" });

  it.each<[string, Step]>([
    ["write what is about to be done", step(groupOf(["a1", "a2"]))],
    ["ask for one more", step(groupOf(["a1", "a2"], marked))],
    ["wait for it", step(groupOf(["a1", "a2", pending], surged))],
    ["watch it while it warms up", step(groupOf(["a1", "a2", "b3"], { ...surged, warmUp: 60 }))],
    ["terminate the one that leaves", step(groupOf(["a1", "a2", "b3"], surged))],
    ["take the mark off, moved", step(groupOf([leaving, "a2", "b3"], { ...marked, desired: 2 }))],
    ["take back one that came up in the same zone", step(groupOf(["a1", "a2", "a3"], surged))],
    ["take back one that is late", step(groupOf(["a1", "a2", pending], surged), late)],
    ["ask for one fewer where none came", step(groupOf(["a1", "a2"], surged), late)],
    ["take it back when stopped", step(groupOf(["a1", "a2", "b3"], surged), { stopped: stop })],
    ["take the mark off when stopped before", step(groupOf(["a1", "a2"], marked), { stopped: stop })],
    ["ask only once", step(groupOf(["a1", "a2"], marked), { raised: true })],
    ["ask for one fewer where it went by itself", step(groupOf(["a2", "b3"], surged))],
    ["write no size where somebody else did", step(groupOf(["a1", "a2", "b3"], { ...surged, desired: 4 }))],
    ["end where it went before", step(groupOf(["a2", "b3"]))],
    ["end with a veto", step(groupOf(["a1", "a2"]), { veto: stop })],
  ])("%s", (title, found) => {
    const expected: Record<string, object> = {
      "write what is about to be done": { kind: "mark", desired: 2, outside: 0, since: 2 },
      "ask for one more": { kind: "raise", to: 3 },
      "wait for it": { kind: "wait", for: "inService" },
      "watch it while it warms up": { kind: "wait", for: "warmUp" },
      "terminate the one that leaves": { kind: "terminate", instance: "a1" },
      "take the mark off, moved": {
        kind: "unmark",
        outcome: { outcome: "migrated", replacement: "b3", host: "zone-b" },
      },
      "take back one that came up in the same zone": {
        ...{ kind: "takeBack", instance: "a3" },
        because: { reason: "notSchedulable" },
      },
      "take back one that is late": { kind: "takeBack", instance: "b3", because: { reason: "notReady" } },
      "ask for one fewer where none came": { kind: "lower", to: 2, because: { reason: "notReady" } },
      "take it back when stopped": { kind: "takeBack", instance: "b3", because: stop },
      "take the mark off when stopped before": { kind: "unmark", outcome: { outcome: "refused", ...stop } },
      "ask only once": { kind: "unmark", outcome: { outcome: "refused", reason: "notReady" } },
      "ask for one fewer where it went by itself": { kind: "lower", to: 2, because: { reason: "gone" } },
      "write no size where somebody else did": { kind: "unmark", outcome: { outcome: "refused", reason: "notReady" } },
      "end where it went before": { kind: "end", outcome: { outcome: "gone" } },
      "end with a veto": { kind: "end", outcome: { outcome: "refused", ...stop } },
    };
    expect(found).toMatchObject(expected[title] ?? {});
  });
});

describe("a migration, whatever Auto Scaling does", () => {
  /** What happens between two looks at the group: time, an instance that dies, a crash of the run, the kill switch. */
  const event = fc.constantFrom("settle", "settle", "settle", "die", "dieSource", "crash", "stop", "late", "resize");

  it("never leaves fewer in service than there were by its own doing, and leaves no trace when it ends", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 5 }),
        fc.array(fc.tuple(event, fc.constantFrom("a", "b", "c")), { maxLength: 30 }),
        (others, events) => {
          const script = [...events];
          let next = 10;
          let view = groupOf(["a1", ...others.map((zone, i) => `${zone}${i + 2}`)], { suspended: ["AZRebalance"] });
          const before = view.desired;
          let wanted = before;
          let memory: Memory = { ...fresh, veto: vetoOf(view, memberOf("a1"), departure) };
          const fill = (zone: string) => {
            while (staying(view).length < view.desired) {
              view = { ...view, members: [...view.members, memberOf(`${zone}${next++}`, { lifecycle: "Pending" })] };
            }
          };
          const terminate = (id: string) => {
            view = { ...view, members: view.members.filter((m) => m.id !== id) };
          };
          for (let turn = 0; turn < 200; turn++) {
            const step = nextStep(view, memory);
            if (step.kind === "end") {
              expect(view.mark).toBeNull();
              expect(view.desired).toBe(wanted);
              if (step.outcome.outcome === "migrated") {
                expect(view.members.some((m) => m.id === "a1")).toBe(false);
              }
              return;
            }
            if (wanted !== before) expect(["mark", "unmark", "wait"]).toContain(step.kind);
            if ("because" in step) memory = { ...memory, failure: memory.failure ?? step.because };
            const [what, zone] = script.shift() ?? ["settle", "b"];
            if (step.kind === "mark") {
              view = { ...view, mark: markOf("a1", step) };
            } else if (step.kind === "raise") {
              view = { ...view, desired: step.to };
              memory = { ...memory, raised: true };
            } else if (step.kind === "lower") {
              expect(step.to).toBeGreaterThanOrEqual(before);
              expect(staying(view).length).toBeLessThanOrEqual(step.to);
              view = { ...view, desired: step.to };
            } else if (step.kind === "terminate") {
              expect(serving(view, step.instance).length).toBeGreaterThanOrEqual(before);
              terminate(step.instance);
              view = { ...view, desired: view.desired - 1 };
              memory = { ...memory, terminated: true };
            } else if (step.kind === "takeBack") {
              expect(step.instance).not.toBe("a1");
              expect(staying(view).length).toBeGreaterThan(before);
              terminate(step.instance);
              view = { ...view, desired: view.desired - 1 };
            } else if (step.kind === "unmark") {
              view = { ...view, mark: null };
              memory = { ...memory, outcome: step.outcome };
            }
            if (what === "settle") {
              view = { ...view, members: view.members.map((m) => ({ ...m, lifecycle: "InService" })) };
            } else if (what === "die") terminate(staying(view).filter((m) => m.id !== "a1")[0]?.id ?? "");
            else if (what === "dieSource") terminate("a1");
            else if (what === "crash" && memory.outcome === null) memory = { ...fresh, stopped: memory.stopped };
            else if (what === "stop") memory = { ...memory, stopped: { reason: "killSwitch", detail: "stopped" } };
            else if (what === "resize" && view.mark !== null) {
              wanted = before + 2;
              view = { ...view, desired: wanted };
            } else if (what === "late") memory = { ...memory, waited: () => 901 };
            fill(zone);
          }
          throw new Error("it never ended");
        },
      ),
      { numRuns: 2000 },
    );
  });

  const fresh: Memory = {
    ...{ departure, stopped: null, veto: null, failure: null, raised: false, terminated: false, outcome: null },
    waited: () => 0,
    readyWithin: 900,
  };
});
