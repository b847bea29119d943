import type { ChangeKind } from "../../planner/types.js";
import type { PropertyMap } from "../values.js";
import { valueIn } from "../values.js";

/** A number that a change is about, where it stands in a resource's inputs. */
export interface PlannedNumber {
  /** Property path, such as `spec.rules[0].backendRefs[1].weight`. */
  readonly path: string;
  /** Null where it is not known yet. */
  readonly value: number | null;
}

type Path = readonly (string | number)[];

interface Reader {
  readonly change: ChangeKind;
  readonly types: RegExp;
  /** Where the number stands, with what holds where it is left out; null where that cannot be told yet. */
  places(
    props: PropertyMap,
    part: string | undefined,
  ): readonly { readonly path: Path; readonly byDefault: number }[] | null;
}

const at = (change: ChangeKind, types: RegExp, key: string, byDefault: number): Reader => ({
  change,
  types,
  places: () => [{ path: ["spec", key], byDefault }],
});

/** The types whose numbers are read, in the order in which they are looked for; reservations are replicas of ours. */
const readers: readonly Reader[] = [
  at("replicas", /^kubernetes:(?:apps|extensions)\/v1[a-z0-9]*:(?:Deployment|StatefulSet)$/, "replicas", 1),
  at("reservation", /^kubernetes:apps\/v1:Deployment$/, "replicas", 1),
  at("replicas", /^kubernetes:autoscaling\/v[a-z0-9]+:HorizontalPodAutoscaler$/, "minReplicas", 1),
  at("replicas", /^kubernetes:keda\.sh\/v1alpha1:ScaledObject$/, "minReplicaCount", 0),
  {
    change: "dnsWeight",
    types: /^kubernetes:gateway\.networking\.k8s\.io\/v1(?:beta1)?:HTTPRoute$/,
    places: (props, part) =>
      indicesAt(props, ["spec", "rules"]).flatMap((rule) => {
        const refs: Path = ["spec", "rules", rule, "backendRefs"];
        const indices = indicesAt(props, refs);
        return indices.length < 2
          ? []
          : indices
              .filter((i) => nameOf(props, [...refs, i]) === part)
              .map((i) => ({ path: [...refs, i, "weight"], byDefault: 1 }));
      }),
  },
  {
    change: "dnsWeight",
    types: /^kubernetes:externaldns\.k8s\.io\/v1alpha1:DNSEndpoint$/,
    places: (props, part) =>
      indicesAt(props, ["spec", "endpoints"]).flatMap((i) => {
        const endpoint: Path = ["spec", "endpoints", i];
        if (read(props, [...endpoint, "setIdentifier"]) !== part) return [];
        return indicesAt(props, [...endpoint, "providerSpecific"])
          .filter((j) => read(props, [...endpoint, "providerSpecific", j, "name"]) === "aws/weight")
          .map((j) => ({ path: [...endpoint, "providerSpecific", j, "value"], byDefault: 0 }));
      }),
  },
];

/**
 * The numbers that a change of this kind is about in a resource's inputs; several where a route splits its traffic in
 * several rules.
 * @param part the backend of a weight
 * @returns null where it cannot be told yet which they are (a policy pack's inputs throw when an unknown is read);
 * undefined for a type without such numbers
 */
export function plannedNumbers(
  type: string,
  change: ChangeKind,
  props: PropertyMap,
  part?: string,
): readonly PlannedNumber[] | null | undefined {
  const reader = readers.find((r) => r.change === change && r.types.test(type));
  if (reader === undefined) return undefined;
  try {
    return (
      reader.places(props, part)?.map(({ path, byDefault }) => ({
        path: textOf(path),
        value: numberAt(props, path, byDefault),
      })) ?? null
    );
  } catch {
    return null;
  }
}

/** Whether any change could be about a resource of this type. */
export function hasNumbers(type: string): boolean {
  return readers.some(({ types }) => types.test(type));
}

function numberAt(props: PropertyMap, path: Path, byDefault: number): number | null {
  try {
    const value = valueIn(props, path) ?? byDefault;
    const number = typeof value === "string" && /^\d+$/.test(value) && path.at(-1) === "value" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : null;
  } catch {
    return null;
  }
}

function nameOf(props: PropertyMap, ref: Path): unknown {
  const [name, namespace] = ["name", "namespace"].map((key) => read(props, [...ref, key]));
  const own = read(props, ["metadata", "namespace"]);
  return namespace === undefined || namespace === own ? name : `${String(namespace)}/${String(name)}`;
}

/** Throws where the value is hidden: which places there are is then not known. */
function read(props: PropertyMap, path: Path): unknown {
  const value = valueIn(props, path);
  if (typeof value === "symbol") throw new Error("hidden");
  return value;
}

function indicesAt(props: PropertyMap, path: Path): number[] {
  const list = read(props, path);
  return Array.isArray(list) ? list.map((_, i) => i) : [];
}

function textOf(path: Path): string {
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : i === 0 ? key : `.${key}`)).join("");
}
