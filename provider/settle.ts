import type * as pulumi from "@pulumi/pulumi";
import { isOutput, type Props } from "./decideProps.js";

/** Inputs whose known Outputs along some paths are plain values, and the way back. */
export interface SettledProps {
  readonly props: Props;
  /** Puts the Outputs back around what became of their values: a secret stays a secret and keeps its dependencies. */
  restore(props: Props): Props;
}

/** Resolves the Outputs along `paths`, the outer ones first. What is unknown stays an Output. */
export async function settleProps(props: Props, paths: readonly (readonly string[])[]): Promise<SettledProps> {
  const resolved: { path: readonly string[]; output: pulumi.Output<unknown> }[] = [];
  let settled = props;
  for (const path of paths) {
    for (let length = 1; length <= path.length; length += 1) {
      const part = path.slice(0, length);
      const value = valueAt(settled, part);
      if (!isOutput(value)) continue;
      const output = value as pulumi.Output<unknown>;
      if (!(await isKnown(output))) break;
      settled = withValue(settled, part, await new Promise((done) => void output.apply(done)));
      resolved.push({ path: part, output });
    }
  }
  return {
    props: settled,
    restore: (decided) =>
      decided === settled
        ? props
        : resolved.reduceRight<Props>((result, { path, output }) => {
            const value = valueAt(result, path);
            return withValue(
              result,
              path,
              output.apply(() => value),
            );
          }, decided),
  };
}

async function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as unknown as { readonly isKnown: Promise<boolean> }).isKnown;
}

/** A value that is there, or undefined where an Output or nothing is in the way. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof value !== "object" || value === null || isOutput(value)) return undefined;
  return valueAt((value as Record<string, unknown>)[key], rest);
}

function withValue(value: unknown, path: readonly string[], to: unknown): Props {
  const [key, ...rest] = path;
  const props = (value ?? {}) as Props;
  if (key === undefined) return props;
  return { ...props, [key]: rest.length === 0 ? to : withValue(props[key], rest, to) };
}
