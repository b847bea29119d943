import { type Problem, throwProblems } from "../../input/problems.js";
import { objectName } from "../objectName.js";

/** How room is reserved on Kubernetes; each is a key of the stack's configuration `firebreak:`. */
export interface ReservationSettings {
  /** Namespace of the placeholders. One that is named is the user's own and is not created. */
  readonly namespace: string;
  readonly createsNamespace: boolean;
  /** -10 to -1: pods under -10 are no reason for a cluster autoscaler to add a node. */
  readonly priority: number;
  readonly priorityClass: string;
  readonly image: string;
}

const keys = {
  namespace: "reservationNamespace",
  priority: "reservationPriority",
  image: "reservationImage",
} as const;

/**
 * The settings of a stack. What is created belongs to the stack alone, since another stack's would go with it: so the
 * names of namespace and priority class hold the project's and the stack's.
 * @param get a value of the configuration by its key without `firebreak:`
 * @throws InputError
 */
export function reservationSettings(
  { project, stack }: { readonly project: string; readonly stack: string },
  get: (key: string) => string | undefined,
): ReservationSettings {
  const problems: Problem[] = [];
  const named = get(keys.namespace);
  const priority = Number(get(keys.priority) ?? -10);
  if (!Number.isInteger(priority) || priority < -10 || priority > -1) {
    const message = `${get(keys.priority)}: expected a whole number from -10 to -1`;
    problems.push({ place: `firebreak:${keys.priority}`, message });
  }
  if (named !== undefined && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(named)) {
    problems.push({ place: `firebreak:${keys.namespace}`, message: `${named}: expected the name of a namespace` });
  }
  throwProblems("configuration", problems);
  return {
    namespace: named ?? objectName("firebreak-reservations", `${project}-${stack}`),
    createsNamespace: named === undefined,
    priority,
    priorityClass: objectName("firebreak-reservation", `${project}-${stack}`),
    image: get(keys.image) ?? "registry.k8s.io/pause:3.10.1",
  };
}
