import {
  dependencyHigh,
  dependencyLow,
  dependencyStart,
  hasAlways,
  quadStart,
  serviceCount,
  stickyQuads,
  stickyThreshold,
} from "./layout";
import { multipliers } from "./philox";

// The dependencies on a service four by four, with what the first plane of their sticky coins reads in one line of the
// cache: the high half of the identities, both halves of the low ones' product in Philox's first round, the thresholds.

/** Bytes of four dependencies. */
export const QUAD: usize = 64;

/** Lays the quads of all services; where dependencies are missing to a last four, thresholds are 0. */
export function layQuads(): void {
  let quads: u32 = 0;
  for (let service: u32 = 0; service < serviceCount; service++) {
    store<u32>(quadStart + (service << 2), quads);
    const first = load<u32>(dependencyStart + (service << 2));
    const end = load<u32>(dependencyStart + (service << 2), 4);
    for (let d = first; d < end; d++) {
      const place = d - first;
      lay(stickyQuads + (quads + (place >> 2)) * QUAD + ((place & 3) << 2), d);
      if (isAlways(d)) store<u8>(hasAlways + service, 1);
    }
    quads += (end - first + 3) >> 2;
  }
  store<u32>(quadStart + (serviceCount << 2), quads);
}

@inline
function lay(at: usize, dependency: u32): void {
  const product = <u64>load<u32>(dependencyLow + (dependency << 2)) * load<u32>(multipliers);
  store<u32>(at, load<u32>(dependencyHigh + (dependency << 2)));
  store<u32>(at, <u32>product, 16);
  store<u32>(at, <u32>(product >> 32), 32);
  store<u32>(at, load<u32>(stickyThreshold + (dependency << 3)), 48);
}

/** Whether a dependency is stuck to a replica in every world; its threshold in the quad is then 0. */
@inline
export function isAlways(dependency: u32): bool {
  return load<u32>(stickyThreshold + (dependency << 3), 4) != 0;
}
