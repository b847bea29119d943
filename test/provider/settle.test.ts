import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { isOutput, type Props } from "../../provider/decideProps.js";
import { settleProps, valueAt } from "../../provider/settle.js";

const paths = [
  ["metadata", "name"],
  ["spec", "replicas"],
];
const resolve = <T>(output: pulumi.Input<T>) => new Promise<unknown>((done) => void pulumi.output(output).apply(done));
/** As the engine hands over what a preview cannot know. */
const unknown = () =>
  new (pulumi.Output as unknown as new (...args: unknown[]) => pulumi.Output<unknown>)(
    new Set(),
    Promise.resolve(undefined),
    Promise.resolve(false),
    Promise.resolve(false),
    Promise.resolve(new Set()),
  );

describe("settleProps", () => {
  it("leaves plain inputs and their object as they are", async () => {
    const props = { spec: { replicas: 2 } };
    const settled = await settleProps(props, paths);
    expect(settled.props).toBe(props);
    expect(settled.restore(settled.props)).toBe(props);
  });

  it("opens Outputs along the paths and puts them back around the new value, secrets as secrets", async () => {
    const props: Props = { spec: pulumi.secret({ replicas: pulumi.output(2), other: 1 }) };
    const { props: settled, restore } = await settleProps(props, paths);
    expect(valueAt(settled, ["spec", "replicas"])).toBe(2);
    const restored = restore({ ...settled, spec: { ...(settled.spec as object), replicas: 3 } });
    expect(isOutput(restored.spec)).toBe(true);
    expect(await pulumi.isSecret(restored.spec as pulumi.Output<unknown>)).toBe(true);
    expect(await resolve(restored.spec as pulumi.Input<unknown>)).toEqual({ replicas: 3, other: 1 });
    expect(restore(settled)).toBe(props);
  });

  it("leaves what is unknown an Output", async () => {
    const props = { metadata: unknown(), spec: { replicas: unknown() } };
    const { props: settled } = await settleProps(props, paths);
    expect(settled).toBe(props);
  });
});
