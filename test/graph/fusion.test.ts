import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuseSources, type PairVolume } from "../../graph/fusion.js";
import type { Volume } from "../../graph/volume.js";

function volumeOf(requests: number | null, connections: number, bytes: number): Volume {
  const none = { requests: 0, connections: 0, bytes: 0 };
  return { requests, connections, bytes, failed: null, seen: none, variance: none };
}

const pair = (client: string | null, server: string, volume: Volume, direct = 1): PairVolume => ({
  client,
  server,
  volume,
  direct,
});

/** `api-0` is a replica of `api`. */
const serviceOf = (instance: string) => instance.replace(/-\d+$/, "");
const amountsOf = (pairs: readonly PairVolume[]) =>
  pairs.map(({ client, server, volume: v }) => [client, server, v.requests, v.connections, v.bytes]);

describe("fuseSources", () => {
  it("counts once what flow logs and traces both saw: bytes of the one, requests of the other, split by the exact one", () => {
    const fused = fuseSources(
      [
        {
          source: "vpc-flow-logs",
          pairs: [pair("api-0", "db-0", volumeOf(null, 10, 300)), pair("api-0", "db-1", volumeOf(null, 30, 900))],
        },
        {
          source: "service-graph",
          pairs: [
            pair("api-0", "db-0", volumeOf(100, 2, 0), 0),
            pair("api-0", "db-1", volumeOf(100, 2, 0), 0),
            pair("api-1", "db-0", volumeOf(100, 2, 0), 0),
            pair("api-1", "db-1", volumeOf(100, 2, 0), 0),
          ],
        },
      ],
      serviceOf,
    );
    expect(amountsOf(fused)).toEqual([
      ["api-0", "db-0", 100, 10, 300],
      ["api-0", "db-1", 300, 30, 900],
    ]);
  });

  it("leaves alone what only one of them saw", () => {
    const health = pair(null, "api-0", volumeOf(null, 5, 50));
    const call = pair("web-0", "api-0", volumeOf(7, 7, 0));
    const fused = fuseSources(
      [
        { source: "vpc-flow-logs", pairs: [health] },
        { source: "otlp", pairs: [call] },
      ],
      serviceOf,
    );
    expect(fused).toEqual([
      { ...health, counting: false },
      { ...call, counting: true },
    ]);
  });

  const pairs = fc.uniqueArray(
    fc.record({
      client: fc.constantFrom(null, "a-0", "a-1", "b-0"),
      server: fc.constantFrom("c-0", "c-1", "d-0"),
      volume: fc
        .record({ requests: fc.option(fc.nat(1000)), connections: fc.nat(1000), bytes: fc.nat(1000) })
        .map((v) => volumeOf(v.requests, v.connections, v.bytes)),
      direct: fc.constantFrom(0, 0.5, 1),
    }),
    { selector: (p) => `${p.client} ${p.server}`, maxLength: 12 },
  );

  it("gives each service the largest total that a source saw, never the sum, whatever the order of the sources", () => {
    fc.assert(
      fc.property(fc.array(pairs, { minLength: 1, maxLength: 3 }), (lists) => {
        const sources = lists.map((list, i) => ({ source: `s${i}`, pairs: list }));
        const fused = fuseSources(sources, serviceOf);
        expect(fuseSources([...sources].reverse(), serviceOf)).toEqual(fused);
        for (const unit of ["connections", "bytes"] as const) {
          const totals = lists.map((list) => totalsOf(list, unit));
          for (const [key, total] of totalsOf(fused, unit)) {
            const most = Math.max(...totals.map((t) => t.get(key) ?? 0));
            expect(total).toBeCloseTo(most, 6);
          }
        }
      }),
    );
  });

  function totalsOf(list: readonly PairVolume[], unit: "connections" | "bytes"): Map<string, number> {
    const totals = new Map<string, number>();
    for (const { client, server, volume } of list) {
      const key = `${client && serviceOf(client)} ${serviceOf(server)}`;
      totals.set(key, (totals.get(key) ?? 0) + volume[unit]);
    }
    return totals;
  }
});
