import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideProps, type Options, type Props, type StackChange, type View } from "../../provider/decideProps.js";
import { coversPath, readPropertyPath } from "../../provider/propertyPath.js";

const type = "kubernetes:apps/v1:Deployment";
const urn = `urn:pulumi:dev::shop::${type}::cart`;
const change: StackChange = {
  kind: "replicas",
  service: "cart",
  target: { type, name: "cart" },
  from: 2,
  to: 3,
  reason: "cart would fall",
};
const view: View = { project: "shop", stack: "dev", changes: [change], leftAlone: [], urn, owner: null };
const written: Props = { metadata: { name: "cart" }, spec: { replicas: 2, template: { a: 1 } } };

function decide(props: Props = written, opts: Options = {}, more: Partial<View> = {}) {
  return decideProps(type, "cart", props, opts, { ...view, ...more });
}

describe("decideProps", () => {
  it("raises the replicas and touches nothing else", () => {
    const decided = decide();
    expect(decided.props).toEqual({ ...written, spec: { replicas: 3, template: { a: 1 } } });
    expect(decided.applied).toEqual([change]);
    expect(decided.props.metadata).toBe(written.metadata);
    expect(written.spec).toEqual({ replicas: 2, template: { a: 1 } });
  });

  it("never lowers what the program writes, and leaves untouched inputs the same object", () => {
    fc.assert(
      fc.property(
        fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
        fc.integer({ min: 1, max: 20 }),
        (from, to) => {
          const props = { spec: from === undefined ? {} : { replicas: from } };
          const decided = decide(props, {}, { changes: [{ ...change, to }] });
          const after = (decided.props as typeof props).spec.replicas ?? 1;
          expect(after).toBeGreaterThanOrEqual(from ?? 1);
          if (decided.applied.length === 0) expect(decided.props).toBe(props);
          else expect(after).toBe(to);
          expect(decided.applied.length + decided.refused.length).toBe(1);
        },
      ),
    );
  });

  const refusals: [string, string, Props, Options, Partial<View>][] = [
    ["enough replicas", "alreadySatisfied", { spec: { replicas: 3 } }, {}, {}],
    ["more replicas", "alreadySatisfied", { spec: { replicas: 9 } }, {}, {}],
    ["switched off", "optedOut", { spec: { replicas: 0 } }, {}, {}],
    ["the annotation", "optedOut", { metadata: { annotations: { "firebreak.dev/ignore": "true" } }, spec: {} }, {}, {}],
    ["a protected resource", "protected", written, { protect: true }, {}],
    ["another owner", "ownedByOther", written, {}, { owner: { reason: "ownedByOther", detail: "kubectl" } }],
    ["an unknown count", "unknownValue", { spec: { replicas: pulumi.output(2) } }, {}, {}],
    ["an unknown spec", "unknownValue", { spec: pulumi.output({}) }, {}, {}],
    ["unknown metadata", "unknownValue", { metadata: pulumi.output({}), spec: { replicas: 2 } }, {}, {}],
    ...["spec", "spec.replicas", "spec.*", "*", '["spec"]["replicas"]', 'spec["replicas"]', "*.replicas"].map(
      (pattern): [string, string, Props, Options, Partial<View>] => [
        `ignoreChanges ${pattern}`,
        "ignoreChanges",
        written,
        { ignoreChanges: ["metadata", pattern] },
        {},
      ],
    ),
  ];
  it.each(refusals)("refuses %s as %s", (_title, reason, props, opts, more) => {
    const decided = decide(props, opts, more);
    expect(decided.props).toBe(props);
    expect(decided.applied).toEqual([]);
    expect(decided.refused).toMatchObject([{ kind: "replicas", service: "cart", from: 2, to: 3, reason }]);
  });

  it.each(["spec.template", "metadata", "spec.replicas.x", "replicas", "spec.replicasX", ""])(
    "is not stopped by ignoreChanges %j",
    (pattern) => expect(decide(written, { ignoreChanges: [pattern] }).applied).toEqual([change]),
  );

  it("refuses a StatefulSet, whose replicas have identities", () => {
    const stateful = "kubernetes:apps/v1:StatefulSet";
    const changes = [{ ...change, target: { type: stateful, name: "db" } }];
    const decided = decideProps(stateful, "db", written, {}, { ...view, changes });
    expect(decided.refused).toMatchObject([{ reason: "identityBound" }]);
  });

  it("ignores a property that another owns, so that the user's own change is no conflict", () => {
    const owner = { reason: "ownedByOther", detail: "kubectl" } as const;
    expect(decide(written, {}, { owner }).ignoreChanges).toEqual(["spec.replicas"]);
    expect(decide(written, {}, { owner: null }).ignoreChanges).toBeUndefined();
    const leftAlone = [{ service: "cart", target: change.target }];
    const left = decide(written, {}, { changes: [], leftAlone, owner });
    expect(left).toMatchObject({ ignoreChanges: ["spec.replicas"], refused: [{ reason: "ownedByOther" }] });
    expect(decide(written, {}, { changes: [], leftAlone }).refused).toEqual([]);
  });

  it.each([
    ["another name", { target: { type, name: "other" } }],
    ["another type", { target: { type: "kubernetes:apps/v1:StatefulSet", name: "cart" } }],
    ["another stack", { target: { type, name: "cart", urn: urn.replace("dev", "prod") } }],
    ["another project", { target: { type, name: "cart", urn: urn.replace("shop", "bank") } }],
  ])("leaves a resource alone whose change is for %s", (_title, more) => {
    const decided = decide(written, {}, { changes: [{ ...change, ...more }] });
    expect(decided).toEqual({ props: written, applied: [], refused: [] });
  });

  it("finds a change by URN under a component, and tells namesakes under two parents apart", () => {
    const nested = (parent: string) => `urn:pulumi:dev::shop::${parent}$${type}::cart`;
    const one = { ...change, target: { type, name: "cart", urn: nested("a:A") } };
    expect(decide(written, {}, { changes: [one] }).applied).toEqual([one]);
    const two = { ...change, to: 5, target: { type, name: "cart", urn: nested("b:B") } };
    expect(decide(written, {}, { changes: [one, two], urn: nested("a:A") }).applied).toEqual([one]);
  });
});

describe("property paths", () => {
  it.each([
    ["spec.replicas", ["spec", "replicas"]],
    ['["spec"].replicas', ["spec", "replicas"]],
    ["a[0].b", ["a", "0", "b"]],
    ['a["b.c"]', ["a", "b.c"]],
    ['a["b\\"c"]', ["a", 'b"c']],
    ["a[*].b", ["a", "*", "b"]],
    ["a[", ["a["]],
  ])("reads %s", (path, keys) => expect(readPropertyPath(path)).toEqual(keys));

  it("covers what lies below, not beside", () => {
    expect(coversPath("spec", ["spec", "replicas"])).toBe(true);
    expect(coversPath("spec.replicas.x", ["spec", "replicas"])).toBe(false);
  });
});
