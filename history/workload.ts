/** What Kubernetes makes the endings of generated names from: no vowels, and nothing that looks like another. */
const safe = "[bcdfghjklmnpqrstvwxz2456789]";

/**
 * Endings of the names of pods: of a Deployment (ReplicaSet's hash, then the pod's), of a CronJob (scheduled minute, then
 * the pod's), of a DaemonSet or Job, and of a StatefulSet.
 * https://kubernetes.io/docs/concepts/workloads/
 */
const endings = [
  new RegExp(`-${safe}{5,10}-${safe}{5}$`),
  new RegExp(`-\\d{8,10}-${safe}{5}$`),
  new RegExp(`-${safe}{5}$`),
  /-\d{1,4}$/,
];

/** The workload that a pod is a replica of, by its name: `cart-5d4b7c9f6-x2vlq` and `cart-0` are of `cart`. */
export function workloadOf(pod: string): string {
  const ending = endings.find((e) => e.test(pod));
  return (ending && pod.replace(ending, "")) || pod;
}
