import { createTwoFilesPatch } from "diff";
import { stringify } from "yaml";
import { sortBy } from "../graph/order.js";
import type { RegisteredResource } from "./renderProgram.js";

/** A Kubernetes object of a program, as one YAML document with sorted keys. */
export interface Manifest {
  /** `apps/v1/Deployment/boutique/cart`: group and version, kind, namespace and name. */
  readonly id: string;
  readonly yaml: string;
}

/** The Kubernetes objects among the resources, sorted by id. */
export function manifestsOf(resources: readonly RegisteredResource[]): Manifest[] {
  const objects = resources.filter(
    ({ type, inputs }) =>
      type.startsWith("kubernetes:") && typeof inputs.apiVersion === "string" && typeof inputs.kind === "string",
  );
  const manifests = objects.map(({ name, inputs }) => {
    const metadata = (inputs.metadata ?? {}) as { readonly name?: string; readonly namespace?: string };
    const object = { ...inputs, metadata: { name, ...metadata } };
    const place = [inputs.apiVersion, inputs.kind, metadata.namespace, metadata.name ?? name];
    return {
      id: place.filter((part) => part !== undefined).join("/"),
      yaml: stringify(object, { sortMapEntries: true, aliasDuplicateObjects: false, lineWidth: 0 }),
    };
  });
  return sortBy(manifests, (manifest) => manifest.id);
}

/** All objects as one YAML stream. */
export function writeManifests(manifests: readonly Manifest[]): string {
  return manifests.map(({ id, yaml }) => `# ${id}\n${yaml}`).join("---\n");
}

/** Unified diff of the Kubernetes objects, one part for each object that differs; empty where none does. */
export function diffManifests(before: readonly RegisteredResource[], after: readonly RegisteredResource[]): string {
  const old = new Map(manifestsOf(before).map((m) => [m.id, m.yaml]));
  const fresh = new Map(manifestsOf(after).map((m) => [m.id, m.yaml]));
  return sortBy(new Set([...old.keys(), ...fresh.keys()]), (id) => id)
    .filter((id) => old.get(id) !== fresh.get(id))
    .map((id) => {
      const from = old.has(id) ? `a/${id}` : "/dev/null";
      const to = fresh.has(id) ? `b/${id}` : "/dev/null";
      return createTwoFilesPatch(from, to, old.get(id) ?? "", fresh.get(id) ?? "", undefined, undefined, {
        context: 3,
      }).replace(/^=+\n/, "");
    })
    .join("");
}
