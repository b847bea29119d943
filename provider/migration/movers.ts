import { awsMover } from "./aws/mover.js";
import { kubernetesMover } from "./kubernetes/mover.js";
import type { Mover } from "./outcome.js";

/** Who can carry a migration out; the first that handles the resource does. */
export const movers: readonly Mover[] = [kubernetesMover, awsMover];

export function moverOf(type: string): Mover | undefined {
  return movers.find((mover) => mover.handles(type));
}
