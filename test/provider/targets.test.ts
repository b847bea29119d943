import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideProps, type Options, type Props, type StackChange, type View } from "../../provider/decideProps.js";
import { settleProps } from "../../provider/settle.js";
import { targetKinds } from "../../provider/targets/index.js";

const deployment = "kubernetes:apps/v1:Deployment";
const hpa = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
const keda = "kubernetes:keda.sh/v1alpha1:ScaledObject";
const route = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";
const dns = "kubernetes:externaldns.k8s.io/v1alpha1:DNSEndpoint";
const unread = () => pulumi.output(1);

const replicas = (type: string, to: number): StackChange => ({
  kind: "replicas",
  service: "web",
  target: { type, name: "web" },
  from: 2,
  to,
  reason: "",
});
const weight = (type: string, backend: string, from: number, to: number): StackChange => ({
  kind: "dnsWeight",
  service: "web",
  target: { type, name: "web" },
  backend,
  from,
  to,
  reason: "",
});
function decide(props: Props, changes: readonly StackChange[], opts: Options = {}, more: Partial<View> = {}) {
  const view = { project: "shop", stack: "dev", changes, leftAlone: [], owner: null, ...more };
  return decideProps(changes[0]?.target.type ?? "", "web", props, opts, view);
}
const reasons = (props: Props, changes: readonly StackChange[], opts?: Options, more?: Partial<View>) =>
  decide(props, changes, opts, more).refused.map((r) => r.reason);

describe("the minimum of an autoscaler", () => {
  it.each([
    [hpa, { minReplicas: 2, maxReplicas: 9 }, { minReplicas: 4, maxReplicas: 9 }],
    [hpa, { maxReplicas: 4 }, { minReplicas: 4, maxReplicas: 4 }],
    [keda, { minReplicaCount: 1 }, { minReplicaCount: 4 }],
    [keda, { minReplicaCount: 1, maxReplicaCount: 4 }, { minReplicaCount: 4, maxReplicaCount: 4 }],
  ])("is raised, case %#", (type, spec, decided) => {
    const change = replicas(type, 4);
    expect(decide({ spec }, [change])).toEqual({ props: { spec: decided }, applied: [change], refused: [] });
  });

  it.each([
    ["over its maximum", hpa, { minReplicas: 2, maxReplicas: 3 }, "maxReplicas"],
    ["over its maximum", keda, { minReplicaCount: 2, maxReplicaCount: 3 }, "maxReplicas"],
    ["over KEDA's own maximum", keda, { minReplicaCount: 2, maxReplicaCount: unread() }, "unknownValue"],
    ["an unknown maximum", hpa, { minReplicas: 2, maxReplicas: unread() }, "unknownValue"],
    ["an unknown minimum", hpa, { minReplicas: unread(), maxReplicas: 9 }, "unknownValue"],
    ["enough already", hpa, { minReplicas: 4, maxReplicas: 9 }, "alreadySatisfied"],
    ["what scales to nothing", keda, {}, "optedOut"],
  ])("is left alone: %s, case %#", (_title, type, spec, reason) => {
    expect(reasons({ spec }, [replicas(type, 4)])).toEqual([reason]);
  });

  it("is left alone while KEDA is paused", () => {
    const spec = { minReplicaCount: 1 };
    const annotations = (value: string) => ({
      metadata: { annotations: { "autoscaling.keda.sh/paused": value } },
      spec,
    });
    expect(reasons(annotations("true"), [replicas(keda, 4)])).toEqual(["ownedByOther"]);
    expect(reasons(annotations("false"), [replicas(keda, 4)])).toEqual([]);
  });

  it("is ignored where another owns it, so that the user's own change is no conflict", () => {
    const owner = { reason: "ownedByOther", detail: "kubectl" } as const;
    const decided = decide({ spec: { minReplicas: 2, maxReplicas: 9 } }, [replicas(hpa, 4)], {}, { owner });
    expect(decided.ignoreChanges).toEqual(["spec.minReplicas"]);
  });
});

describe("opt-outs", () => {
  const spec = { replicas: 2 };
  const now = Date.parse("2026-11-25T10:00:00Z") / 1000;
  it.each([
    [{ "firebreak.dev/ignore": "true" }, ["optedOut"]],
    [{ "firebreak.dev/ignore": "false" }, []],
    [{ "firebreak.dev/ignore-until": "2026-11-25T11:00:00Z" }, ["optedOut"]],
    [{ "firebreak.dev/ignore-until": "2026-11-25T09:00:00Z" }, []],
    [{ "firebreak.dev/ignore-until": "soon" }, ["optedOut"]],
    [{ "firebreak.dev/ignore-until": unread() }, ["unknownValue"]],
    [unread(), ["unknownValue"]],
  ])("case %#", (annotations, expected) => {
    expect(reasons({ metadata: { annotations }, spec }, [replicas(deployment, 4)], {}, { now })).toEqual(expected);
  });

  it("hold for a time where nobody says what time it is", () => {
    const annotations = { "firebreak.dev/ignore-until": "2020-01-01T00:00:00Z" };
    expect(reasons({ metadata: { annotations }, spec }, [replicas(deployment, 4)])).toEqual(["optedOut"]);
  });
});

describe("the spread over zones", () => {
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [] } };
  const written = (more: object = {}, asked = "true") => ({
    metadata: { annotations: { "firebreak.dev/spread": asked } },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template, ...more },
  });
  const constraintsIn = (props: Props) =>
    (props.spec as { template: { spec: { topologySpreadConstraints?: unknown } } }).template.spec
      .topologySpreadConstraints;

  it("goes with the replicas where it is asked for", () => {
    const decided = decide(written(), [replicas(deployment, 3)]).props;
    expect(constraintsIn(decided)).toEqual([
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { app: "web" } },
      },
    ]);
    expect((decided.spec as { template: { metadata: unknown } }).template.metadata).toBe(template.metadata);
  });

  it.each([
    ["it is not asked for", written({}, "false"), {}],
    [
      "the program writes its own",
      written({ template: { spec: { topologySpreadConstraints: [{ maxSkew: 2 }] } } }),
      {},
    ],
    ["the program's are not known", written({ template: { spec: { topologySpreadConstraints: unread() } } }), {}],
    ["nothing tells the pods apart", written({ selector: undefined }), {}],
    ["the program ignores the template", written(), { ignoreChanges: ["spec.template"] }],
  ])("does not where %s", (_title, props, opts) => {
    const decided = decide(props as Props, [replicas(deployment, 3)], opts);
    expect(decided.applied).toHaveLength(1);
    expect(constraintsIn(decided.props)).toEqual(constraintsIn(props as Props));
  });

  it("does not go without the replicas", () => {
    const props = written();
    expect(decide(props, [replicas(deployment, 2)]).props).toBe(props);
  });
});

describe("the weight of a backend", () => {
  const ref = (name: unknown, weightWritten?: unknown) => ({
    name,
    port: 80,
    ...(weightWritten !== undefined && { weight: weightWritten }),
  });
  const rules = (...lists: unknown[]): Props => ({ spec: { rules: lists.map((backendRefs) => ({ backendRefs })) } });

  it("is set in every rule that splits its traffic, and nothing else is touched", () => {
    const props = rules([ref("blue", 90), ref("green", 10)], [ref("blue", 90), ref("green")], [ref("blue", 7)]);
    const change = weight(route, "blue", 90, 9);
    const decided = decide(props, [change]);
    expect(decided.props).toEqual(
      rules([ref("blue", 9), ref("green", 10)], [ref("blue", 9), ref("green")], [ref("blue", 7)]),
    );
    expect(decided.applied).toEqual([change]);
    expect(props).toEqual(
      rules([ref("blue", 90), ref("green", 10)], [ref("blue", 90), ref("green")], [ref("blue", 7)]),
    );
  });

  it("is set for several backends of one route, up and down", () => {
    const changes = [weight(route, "blue", 90, 9), weight(route, "green", 10, 91)];
    const decided = decide(rules([ref("blue", 90), ref("green", 10)]), changes);
    expect(decided.props).toEqual(rules([ref("blue", 9), ref("green", 91)]));
  });

  it.each([
    ["nothing else takes traffic", rules([ref("blue", 90), ref("green", 0)]), "lastHealthyTarget"],
    [
      "of one rule nothing else does",
      rules([ref("blue", 90), ref("green", 9)], [ref("blue", 90), ref("green", 0)]),
      "lastHealthyTarget",
    ],
    ["it has the weight", rules([ref("blue", 0), ref("blue", 0), ref("green", 1)]), "optedOut"],
    ["the program wrote another since", rules([ref("blue", 80), ref("green", 9)]), "expired"],
    ["it is not known", rules([ref("blue", unread()), ref("green", 9)]), "unknownValue"],
    ["a name is not known", rules([ref("blue", 90), ref(unread(), 9)]), "unknownValue"],
    ["the rules are not known", { spec: { rules: unread() } }, "unknownValue"],
    ["it splits no traffic", rules([ref("blue", 90)]), "noTarget"],
    ["it is gone", rules([ref("red", 90), ref("green", 90)]), "noTarget"],
  ])("is left alone where %s", (_title, props, reason) => {
    const decided = decide(props, [weight(route, "blue", 90, 0)]);
    expect(decided.refused).toMatchObject([{ kind: "dnsWeight", backend: "blue", from: 90, to: 0, reason }]);
    expect(decided.props).toBe(props);
    expect(decided.ignoreChanges).toBeUndefined();
  });

  it("alone is ignored where another owns the rules, so that leaving it alone is no change of them", () => {
    const owner = { reason: "ownedByOther", detail: "rollouts" } as const;
    const props = rules([ref("green", 10), ref("blue", 90)], [ref("blue", 90), ref("red", 1)]);
    const decided = decide(props, [weight(route, "blue", 90, 5)], {}, { owner });
    expect(decided.props).toBe(props);
    expect(decided.ignoreChanges).toEqual([
      "spec.rules[0].backendRefs[1].weight",
      "spec.rules[1].backendRefs[0].weight",
    ]);
  });

  it.each(["spec.rules", "spec.rules[*].backendRefs[0].weight", 'spec["rules"][0]'])(
    "is left alone under ignoreChanges %s",
    (pattern) => {
      const props = rules([ref("blue", 90), ref("green", 9)]);
      expect(reasons(props, [weight(route, "blue", 90, 5)], { ignoreChanges: [pattern] })).toEqual(["ignoreChanges"]);
    },
  );

  it("is never left to nothing: every rule that splits its traffic keeps a backend that takes some", () => {
    const weights = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(weights, { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 3 }), (lists, to) => {
        const props = rules(...lists.map((list) => list.map((w, i) => ref(`b${i}`, w))));
        const changes = [0, 1, 2, 3].map((i) => weight(route, `b${i}`, lists[0]?.[i] ?? 1, to));
        const { props: after } = decide(props, changes);
        const shares = (p: Props) =>
          (p.spec as { rules: { backendRefs: { weight: number }[] }[] }).rules.map((r) =>
            r.backendRefs.map((b) => b.weight),
          );
        shares(after).forEach((list, i) => {
          if (lists[i]?.some((w) => w > 0)) expect(list.some((w) => w > 0)).toBe(true);
        });
      }),
    );
  });

  const endpoint = (setIdentifier: unknown, value: unknown, more: object = {}) => ({
    dnsName: "a.example.com",
    recordType: "A",
    setIdentifier,
    providerSpecific: [{ name: "aws/weight", value }],
    ...more,
  });
  const endpoints = (...list: unknown[]): Props => ({ spec: { endpoints: list } });

  it("is text in a DNSEndpoint, and that of its set identifier alone", () => {
    const ipv6 = { recordType: "AAAA" };
    const props = endpoints(endpoint("blue", "90"), endpoint("green", "10"), endpoint("blue", "90", ipv6));
    expect(decide(props, [weight(dns, "blue", 90, 9)]).props).toEqual(
      endpoints(endpoint("blue", "9"), endpoint("green", "10"), endpoint("blue", "9", ipv6)),
    );
  });

  it.each([
    ["no other endpoint takes traffic", [endpoint("blue", "90"), endpoint("green", "0")], ["lastHealthyTarget"]],
    ["another of the name does", [endpoint("blue", "90"), endpoint("green", "1")], []],
    ["the others may be in another object", [endpoint("blue", "90")], []],
    ["it is no number", [endpoint("blue", "many"), endpoint("green", "1")], ["unknownValue"]],
    ["it has no weight", [endpoint("blue", "1", { providerSpecific: [] })], ["noTarget"]],
    ["an identifier is not known", [endpoint("blue", "90"), endpoint(unread(), "1")], ["unknownValue"]],
  ])("of a DNSEndpoint where %s", (_title, list, expected) => {
    expect(reasons(endpoints(...list), [weight(dns, "blue", 90, 0)])).toEqual(expected);
  });
});

describe("every target", () => {
  it.each(targetKinds.map((kind) => [String(kind.types), kind] as const))(
    "%s reads all that it looks at",
    async (_t, kind) => {
      // Inputs in which every value is an Output: what is opened along `reads` must be enough to see the places.
      const plain = {
        metadata: { name: "web", namespace: "shop", annotations: { "firebreak.dev/ignore": "false" } },
        spec: {
          replicas: 2,
          minReplicas: 2,
          maxReplicas: 9,
          minReplicaCount: 2,
          rules: [
            {
              backendRefs: [
                { name: "blue", weight: 2 },
                { name: "green", weight: 2 },
              ],
            },
          ],
          endpoints: [
            {
              dnsName: "a",
              recordType: "A",
              setIdentifier: "blue",
              providerSpecific: [{ name: "aws/weight", value: "2" }],
            },
          ],
        },
      };
      const type = { [deployment]: 0, [hpa]: 0, [keda]: 0, [route]: 0, [dns]: 0, "kubernetes:apps/v1:StatefulSet": 0 };
      const token = Object.keys(type).find((t) => kind.types.test(t)) ?? "";
      const change = kind.change === "replicas" ? replicas(token, 4) : weight(token, "blue", 2, 4);
      const known = decide(plain, [change]);
      expect(known.refused.map((r) => r.reason)).toEqual(kind.hold ? [kind.hold.reason] : []);
      for (const hidden of [{ spec: pulumi.output(plain.spec) }, leavesHidden(plain)]) {
        const { props } = await settleProps(
          { ...(hidden as Props), metadata: leavesHidden(plain.metadata) },
          kind.reads,
        );
        expect(decide(props, [change]).refused).toEqual(known.refused);
      }
    },
  );
});

function leavesHidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(leavesHidden);
  if (typeof value !== "object" || value === null) return pulumi.output(value);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, leavesHidden(v)]));
}
