import type { Dependency } from "./dependencies.js";
import { sortBy } from "./order.js";
import { amountIn, commonUnit } from "./volume.js";

/** A replica with less than this part of the traffic (an old one, decayed) is no replica of the dependency any more. */
export const negligibleShare = 1e-9;

/**
 * Share of each replica in what a client sends to a service, sorted by replica. By requests where every replica has
 * them, else by bytes, else by connections. The last share is 1 less the others, so that they sum to 1.
 * @returns nothing where no volume is left
 */
export function computeShares({ servers }: Dependency): { readonly server: string; readonly share: number }[] {
  const unit = commonUnit([...servers.values()]);
  const volumes = sortBy(servers, ([server]) => server).map(([server, v]) => ({ server, volume: amountIn(v, unit) }));
  const all = volumes.reduce((sum, { volume }) => sum + volume, 0);
  const kept = volumes.filter(({ volume }) => volume / all >= negligibleShare);
  const total = kept.reduce((sum, { volume }) => sum + volume, 0);
  let left = 1;
  return kept.map(({ server, volume }, index) => {
    const share = index === kept.length - 1 ? left : volume / total;
    left -= share;
    return { server, share };
  });
}
