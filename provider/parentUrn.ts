import type * as pulumi from "@pulumi/pulumi";
import { output } from "@pulumi/pulumi";

/** URN of a parent, or undefined where there is none. */
export function urnOfParent(parent: pulumi.Resource | undefined): Promise<string | undefined> {
  if (parent === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => void output(parent.urn).apply(resolve));
}

/** URN that a resource will have under its parent, where that is known. */
export function urnUnder(parentUrn: string | undefined, type: string, name: string): string | undefined {
  const [head, project, types] = parentUrn?.split("::") ?? [];
  if (head === undefined || types === undefined) return undefined;
  const chain = types === "pulumi:pulumi:Stack" ? type : `${types}$${type}`;
  return `${head}::${project}::${chain}::${name}`;
}
