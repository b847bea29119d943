import { compareText, sortBy } from "../../graph/order.js";
import { type Problem, throwProblems } from "../../input/problems.js";
import type { PlannedResource, PlannedStack } from "../types.js";
import { type PropertyMap, secretValue } from "../values.js";
import { kubernetesToken } from "./kubernetesToken.js";
import { objectOf } from "./planDocument.js";
import { yamlDocuments } from "./yamlDocuments.js";

/** One file of a folder of manifests, by its path from that folder. */
export interface ManifestFile {
  readonly file: string;
  readonly text: string;
}

/** A Kubernetes object as it is written. */
interface Manifest {
  /** Group, kind, namespace and name: what the cluster knows it by. */
  readonly identity: string;
  readonly label: string;
  readonly token: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly inputs: PropertyMap;
}

/**
 * Reads Kubernetes manifests, YAML or JSON. Without a base every object is new; with one each is compared with the
 * object of its group, kind, namespace and name there. Data of Secrets is covered. A document that is no Kubernetes
 * object is left out with a warning.
 * @param base the manifests before the change
 * @throws InputError with every problem; none shows a value
 */
export function readManifests(
  files: readonly ManifestFile[],
  base: readonly ManifestFile[] | undefined,
  source: string,
): PlannedStack {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const after = gather(files, "", problems, warnings);
  const before = gather(base ?? [], "base: ", problems, []);
  throwProblems(source, problems);
  const deleted = [...before.values()].filter(({ identity }) => !after.has(identity));
  return {
    source: "manifests",
    project: null,
    stack: null,
    resources: sortBy(
      [
        ...[...after.values()].map((manifest) => planned(manifest, before.get(manifest.identity))),
        ...deleted.map((manifest) => removed(manifest)),
      ],
      ({ address }) => address,
    ),
    warnings: warnings.sort(compareText),
  };
}

function planned(manifest: Manifest, old: Manifest | undefined): PlannedResource {
  const operation = old === undefined ? "create" : isSame(old.inputs, manifest.inputs) ? "same" : "update";
  return { ...shared(manifest), operation, ...(old && { before: old.inputs }), after: manifest.inputs };
}

function removed(manifest: Manifest): PlannedResource {
  return { ...shared(manifest), operation: "delete", before: manifest.inputs };
}

function shared({ file, label, token, name, line }: Manifest) {
  return { address: `${file}#${label}`, type: token, name, place: { file, line } };
}

/** Deep equality; symbols of covered values are equal. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [left, right] = [Object.keys(a), Object.keys(b)];
  if (left.length !== right.length || Array.isArray(a) !== Array.isArray(b)) return false;
  return left.every((key) => Object.hasOwn(b, key) && isSame((a as PropertyMap)[key], (b as PropertyMap)[key]));
}

function gather(
  files: readonly ManifestFile[],
  where: string,
  problems: Problem[],
  warnings: string[],
): Map<string, Manifest> {
  const found = new Map<string, Manifest>();
  for (const { file, text } of sortBy(files, (f) => f.file)) {
    for (const manifest of manifestsOf(file, text, where, problems, warnings)) {
      const first = found.get(manifest.identity);
      found.set(manifest.identity, manifest);
      if (first === undefined) continue;
      const message = `${manifest.label} is in ${first.file}, line ${first.line}, too; give what is deployed: build overlays with \`kubectl kustomize\` and charts with \`helm template\``;
      problems.push({ place: `${where}${file}, line ${manifest.line}`, message });
    }
  }
  return found;
}

function manifestsOf(file: string, text: string, where: string, problems: Problem[], warnings: string[]): Manifest[] {
  const manifests: Manifest[] = [];
  let others = 0;
  for (const { value, line } of yamlDocuments(text, `${where}${file}`, problems)) {
    if (value === null) continue;
    const items = itemsOf(value);
    for (const item of items) {
      const object = objectOf(item);
      if (typeof object?.apiVersion !== "string" || typeof object.kind !== "string") {
        others++;
        continue;
      }
      const manifest = manifestOf(object, object.apiVersion, object.kind, file, line);
      if (manifest) manifests.push(manifest);
      else if (!isKustomization(object)) {
        const message = `${object.kind} has no metadata.name; give it one`;
        problems.push({ place: `${where}${file}, line ${line}`, message });
      }
    }
  }
  if (others > 0) warnings.push(`${file}: ${others} documents are no Kubernetes objects and were not judged`);
  return manifests;
}

function isKustomization({ apiVersion }: PropertyMap): boolean {
  return typeof apiVersion === "string" && apiVersion.startsWith("kustomize.config.k8s.io/");
}

/** The objects of a `List`, else the object itself. */
function itemsOf(value: unknown): readonly unknown[] {
  const object = objectOf(value);
  if (typeof object?.kind === "string" && object.kind.endsWith("List") && Array.isArray(object.items))
    return object.items;
  return [value];
}

function manifestOf(
  object: PropertyMap,
  apiVersion: string,
  kind: string,
  file: string,
  line: number,
): Manifest | null {
  const metadata = objectOf(object.metadata) ?? {};
  const name = metadata.name ?? metadata.generateName;
  if (typeof name !== "string" || name === "") return null;
  const namespace = typeof metadata.namespace === "string" ? metadata.namespace : undefined;
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  const label = [kind, namespace, name].filter((part) => part !== undefined).join("/");
  return {
    identity: JSON.stringify([group, kind, namespace ?? "", name]),
    label,
    token: kubernetesToken(apiVersion, kind),
    name,
    file,
    line,
    inputs: kind === "Secret" && group === "" ? withoutData(object) : object,
  };
}

function withoutData(secret: PropertyMap): PropertyMap {
  const covered = (key: string) => key === "data" || key === "stringData";
  return Object.fromEntries(Object.entries(secret).map(([key, value]) => [key, covered(key) ? secretValue : value]));
}
