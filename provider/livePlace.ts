import type { LivePlace } from "../stores/audit/entry.js";

/**
 * Where the value of a resource lives, by its Pulumi type and id; undefined for a type whose live object is not known.
 * @param id as Pulumi gives it: `NAMESPACE/NAME` for Kubernetes
 */
export function livePlaceOf(type: string, id: string, field: string): LivePlace | undefined {
  const [pack, module = "", kind = ""] = type.split(":");
  if (id === "") return undefined;
  if (pack === "aws") return { system: "aws", id: `${type}/${id}`, field };
  if (pack !== "kubernetes") return undefined;
  // The module is the API version; the core group's has no group before the slash.
  const version = module.replace(/^core\//, "");
  const [namespace, name] = id.includes("/") ? id.split("/") : ["", id];
  return { system: "kubernetes", id: `${version}/${kind}/${namespace}/${name}`, field };
}

/** A Kubernetes object as a place names it. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The parts of a Kubernetes place's id, or undefined where it is none. */
export function objectOf({ system, id }: LivePlace): ObjectName | undefined {
  if (system !== "kubernetes") return undefined;
  const parts = id.split("/");
  const [name, namespace, kind, ...version] = [...parts].reverse();
  if (!name || namespace === undefined || !kind || version.length === 0 || version.length > 2) return undefined;
  return { apiVersion: version.reverse().join("/"), kind, namespace, name };
}

const plurals: Readonly<Record<string, string>> = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
  HorizontalPodAutoscaler: "horizontalpodautoscalers",
  ScaledObject: "scaledobjects",
  HTTPRoute: "httproutes",
  DNSEndpoint: "dnsendpoints",
};

/** Where the API server keeps the object, or undefined for a kind that Firebreak changes nowhere. */
export function apiPathOf({ apiVersion, kind, namespace, name }: ObjectName): string | undefined {
  const plural = plurals[kind];
  if (plural === undefined) return undefined;
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}/namespaces/${namespace || "default"}/${plural}/${encodeURIComponent(name)}`;
}
