import { capacity, loads, MANY, overloadTable, replicaStart, reserved, utilisationLimit } from "./layout";

/** Rule 3 for the loss of the replicas in a mask (32 at most), without the collapse. */
export function isOverloaded(service: u32, failed: u32): bool {
  const first = load<u32>(replicaStart + (service << 2));
  const count = load<u32>(replicaStart + (service << 2), 4) - first;
  if (count <= MANY) return ((load<u64>(overloadTable + (service << 3)) >> failed) & 1) != 0;
  if (isNaN(load<f64>(loads + (service << 3)))) return false;
  let rest: f64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if ((failed & (1 << i)) == 0) rest += load<f64>(capacity + ((first + i) << 3));
  }
  return isOver(service, rest);
}

/** Whether a service is over the limit with the capacity that is left, in the oracle's order of operations. */
@inline
export function isOver(service: u32, rest: f64): bool {
  const demand = load<f64>(loads + (service << 3));
  const limit = utilisationLimit * (rest + load<f64>(reserved + (service << 3)));
  return demand > limit + 1e-9 * max<f64>(1, demand);
}
