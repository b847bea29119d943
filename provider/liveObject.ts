import { type Answer, ask, type Cluster, reasonOf } from "./cluster.js";
import { apiPathOf } from "./livePlace.js";

/** How the live object of a resource is found. */
export interface ObjectRef {
  /** Pulumi type, for example `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly namespace?: string;
  /** Absent where it is not known yet. */
  readonly objectName?: string;
}

/** The parts of a live object that are read here. */
export interface LiveObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** One entry of `metadata.managedFields`: who owns which fields. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/** The API version and kind under which the API server is asked for an object: old versions are served as the current one. */
export function apiOf({ type }: Pick<ObjectRef, "type">): { readonly apiVersion: string; readonly kind: string } {
  const [, module = "", kind = ""] = type.split(":");
  const apiVersion = module
    .replace(/^core\//, "")
    .replace(/^(?:apps|extensions)\/.*/, "apps/v1")
    .replace(/^autoscaling\/.*/, "autoscaling/v2");
  return { apiVersion, kind };
}

/** Where the API server keeps the object; undefined for one that has no name yet or no place that is known. */
export function pathOf(ref: ObjectRef): string | undefined {
  const { type, namespace = "default", objectName } = ref;
  if (objectName === undefined || !type.startsWith("kubernetes:")) return undefined;
  return apiPathOf({ ...apiOf(ref), namespace, name: objectName });
}

/** The live object; null where there is none (yet), `unreadable` where the API server refuses to show it. */
export async function readObject(
  cluster: Cluster,
  ref: ObjectRef,
): Promise<LiveObject | null | { readonly unreadable: string }> {
  const path = pathOf(ref);
  if (path === undefined) return null;
  const answer = await ask(cluster, { path });
  if (answer.status === 200) return answer.body as LiveObject;
  return answer.status === 404 ? null : { unreadable: reasonOf(answer) };
}

/** Items of a list; none where the API server does not know the kind. @throws Error where it refuses. */
export function itemsOf<T>(answer: Answer): readonly T[] {
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw new Error(reasonOf(answer));
  return (answer.body as { items: readonly T[] }).items;
}
