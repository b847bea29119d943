import { valueIn } from "../values.js";

const workload = /^kubernetes:(?:apps|extensions)\/v1[a-z0-9]*:(?:Deployment|StatefulSet)$/;

/**
 * The replicas that a resource's inputs ask for; Kubernetes runs one where they are left out.
 * @returns null where they are not known yet (a policy pack's inputs throw when an unknown is read), undefined for a
 * type that has no replicas.
 */
export function plannedReplicas(type: string, props: Readonly<Record<string, unknown>>): number | null | undefined {
  if (!workload.test(type)) return undefined;
  try {
    const replicas = valueIn(props, ["spec", "replicas"]) ?? 1;
    return typeof replicas === "number" && Number.isFinite(replicas) ? replicas : null;
  } catch {
    return null;
  }
}
