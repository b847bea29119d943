import { describe, expect, it } from "vitest";
import { reservationName } from "../../../planner/reservationName.js";
import { objectName } from "../../../provider/objectName.js";
import { reservationObjects } from "../../../provider/reservation/objects.js";
import { reservationSettings } from "../../../provider/reservation/settings.js";
import type { StackChange } from "../../../provider/stackChange.js";

const here = { project: "shop", stack: "dev" };
const defaults = reservationSettings(here, () => undefined);
const slot = { cpu: 0.25, memory: 128 * 2 ** 20, capacity: 50, zones: ["zone-a", "zone-b"] };
const reserve = (service: string, to: number, more: Partial<typeof slot> = {}): StackChange => ({
  kind: "reservation",
  service,
  target: { type: "kubernetes:apps/v1:Deployment", name: reservationName(service) },
  from: 0,
  to,
  slot: { ...slot, ...more },
  reason: "",
});
const deploymentIn = (...changes: StackChange[]) =>
  reservationObjects(changes, defaults).find(({ props }) => props.kind === "Deployment")?.props as unknown as {
    metadata: { name: string; namespace: string };
    spec: { replicas: number; template: { spec: Record<string, unknown> & { containers: { resources: unknown }[] } } };
  };

describe("what keeps reserved slots free", () => {
  it("is a namespace and a priority class of the stack's own, and a Deployment for each service", () => {
    const objects = reservationObjects([reserve("web", 2), reserve("api", 1)], defaults);
    expect(objects.map(({ type, name, props }) => [type, name, props.metadata.name])).toEqual([
      ["kubernetes:core/v1:Namespace", "firebreak-reservations", "firebreak-reservations-shop-dev"],
      ["kubernetes:scheduling.k8s.io/v1:PriorityClass", "firebreak-reservations", "firebreak-reservation-shop-dev"],
      ["kubernetes:apps/v1:Deployment", "firebreak-reserve-api", "firebreak-reserve-api"],
      ["kubernetes:apps/v1:Deployment", "firebreak-reserve-web", "firebreak-reserve-web"],
    ]);
  });

  it("is nothing where no slot is reserved, or it is reserved elsewhere", () => {
    const onAws = {
      ...reserve("web", 1),
      target: { type: "aws:ec2/capacityReservation:CapacityReservation", name: "x" },
    };
    expect(reservationObjects([reserve("web", 0), onAws as StackChange], defaults)).toEqual([]);
  });

  it("makes way at once for every pod, never takes another's place, and is no more than was decided", () => {
    const [, priorityClass] = reservationObjects([reserve("web", 2)], defaults);
    expect(priorityClass?.props).toMatchObject({ value: -10, preemptionPolicy: "Never", globalDefault: false });
    const { spec } = deploymentIn(reserve("web", 2));
    expect(spec).toMatchObject({ replicas: 2, strategy: { type: "Recreate" } });
    expect(spec.template.spec).toMatchObject({
      priorityClassName: "firebreak-reservation-shop-dev",
      preemptionPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
    });
  });

  it("is sized as a replica is, and pinned to the healthy zones", () => {
    const { containers, affinity } = deploymentIn(reserve("web", 2)).spec.template.spec;
    expect(containers).toMatchObject([
      { image: "registry.k8s.io/pause:3.10.1", resources: { requests: { cpu: "250m", memory: "134217728" } } },
    ]);
    expect(JSON.stringify(affinity)).toContain(
      '"key":"topology.kubernetes.io/zone","operator":"In","values":["zone-a","zone-b"]',
    );
    const anywhere = deploymentIn(reserve("web", 1, { zones: [], cpu: 0.0011, memory: 0 })).spec.template.spec;
    expect(anywhere.affinity).toBeUndefined();
    expect(anywhere.containers[0]?.resources).toEqual({ requests: { cpu: "2m" } });
  });

  it("has names that Kubernetes takes, for services of any name", () => {
    const names = ["team/Web", "team-web", "w".repeat(80), "Ä"].map((s) => deploymentIn(reserve(s, 1)).metadata.name);
    expect(names[1]).toBe("firebreak-reserve-team-web");
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^firebreak-reserve-[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(63);
    expect(objectName("p", "a.b")).not.toBe(objectName("p", "a-b"));
  });
});

describe("the settings of reservations", () => {
  const read = (values: Record<string, string>) => reservationSettings(here, (key) => values[key]);

  it("take a namespace of the user's own, which is then not created", () => {
    const settings = read({
      reservationNamespace: "spare",
      reservationPriority: "-1",
      reservationImage: "mirror/pause:3",
    });
    expect(settings).toMatchObject({
      namespace: "spare",
      createsNamespace: false,
      priority: -1,
      image: "mirror/pause:3",
    });
    expect(reservationObjects([reserve("web", 1)], settings).map(({ props }) => props.kind)).toEqual([
      "PriorityClass",
      "Deployment",
    ]);
  });

  it("refuse what would make way for no pod, or be no reason for a node", () => {
    for (const priority of ["0", "-11", "-1.5", "low"]) {
      expect(() => read({ reservationPriority: priority })).toThrow(/firebreak:reservationPriority: .*from -10 to -1/);
    }
    expect(() => read({ reservationNamespace: "Not/One" })).toThrow(/firebreak:reservationNamespace/);
  });

  it("keep the names of two stacks apart", () => {
    const other = reservationSettings({ project: "shop", stack: "prod" }, () => undefined);
    expect(other.namespace).not.toBe(defaults.namespace);
    expect(other.priorityClass).not.toBe(defaults.priorityClass);
  });
});
