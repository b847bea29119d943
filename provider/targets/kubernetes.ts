import type { ReplicaTarget } from "./target.js";

const workload = /^kubernetes:(?:apps|extensions)\/v1[a-z0-9]*:(Deployment|StatefulSet)$/;

/** The replicas of a Kubernetes resource type, or undefined where Firebreak knows none. */
export function kubernetesTarget(type: string): ReplicaTarget | undefined {
  const kind = workload.exec(type)?.[1];
  if (kind === undefined) return undefined;
  return {
    path: ["spec", "replicas"],
    byDefault: 1,
    hold:
      kind === "StatefulSet"
        ? {
            reason: "identityBound",
            detail: "the replicas of a StatefulSet have an identity each (quorum, primary, volume)",
          }
        : null,
  };
}
