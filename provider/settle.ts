import type * as pulumi from "@pulumi/pulumi";
import { expandPath, isOutput, valueAt as visibleAt, withValue } from "./propertyValue.js";
import type { Props } from "./targets/index.js";

/** Inputs whose known Outputs along some paths are plain values, and the way back. */
export interface SettledProps {
  readonly props: Props;
  /** Puts the Outputs back around what became of their values: a secret stays a secret and keeps its dependencies. */
  restore(props: Props): Props;
}

/**
 * Resolves the Outputs along `paths`, the outer ones first; `*` in a path is every item of a list. What is unknown stays
 * an Output.
 */
export async function settleProps(props: Props, paths: readonly (readonly string[])[]): Promise<SettledProps> {
  const resolved: { path: readonly string[]; output: pulumi.Output<unknown> }[] = [];
  const closed = new Set<string>();
  let settled = props;
  for (const pattern of paths) {
    for (let length = 1; length <= pattern.length; length += 1) {
      for (const path of expandPath(settled, pattern.slice(0, length))) {
        const value = visibleAt(settled, path);
        if (!isOutput(value) || closed.has(path.join("\0"))) continue;
        const output = value as pulumi.Output<unknown>;
        if (!(await isKnown(output))) {
          closed.add(path.join("\0"));
          continue;
        }
        settled = withValue(settled, path, await new Promise((done) => void output.apply(done)));
        resolved.push({ path, output });
      }
    }
  }
  return {
    props: settled,
    restore: (decided) =>
      decided === settled
        ? props
        : resolved.reduceRight<Props>((result, { path, output }) => {
            const value = visibleAt(result, path);
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
  const found = visibleAt(value, path);
  return isOutput(found) ? undefined : found;
}
