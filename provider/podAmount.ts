import { readQuantity } from "./quantity.js";
import type { Container, PodSpec } from "./workload.js";

/** Resources that a pod may ask for as a whole (KEP-2837); the others count by container. */
const podLevel = /^(cpu|memory|hugepages-.*)$/;

/**
 * What a pod takes of a resource, as the scheduler counts it: containers and sidecars together, or the largest init
 * container where that is more; instead of these, what the pod as a whole asks for; plus overhead. Where only a limit
 * is given it is the request too, as the API server fills it in.
 */
export function podAmount(pod: PodSpec, side: "requests" | "limits", name: string): number {
  const of = ({ resources }: Pick<Container, "resources">) => {
    const { requests, limits } = resources ?? {};
    return side === "limits" ? limits?.[name] : (requests?.[name] ?? limits?.[name]);
  };
  const whole = podLevel.test(name) ? of(pod) : undefined;
  return (
    (whole === undefined ? containersAmount(pod, (c) => readQuantity(of(c))) : readQuantity(whole)) +
    readQuantity(pod.overhead?.[name])
  );
}

function containersAmount(pod: PodSpec, of: (container: Container) => number): number {
  const sum = pod.containers.reduce((total, container) => total + of(container), 0);
  let sidecars = 0;
  let largest = 0;
  for (const container of pod.initContainers ?? []) {
    if (container.restartPolicy === "Always") sidecars += of(container);
    else largest = Math.max(largest, sidecars + of(container));
  }
  return Math.max(sum + sidecars, largest);
}
