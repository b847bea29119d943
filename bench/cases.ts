import type { Regime } from "./graphs.js";

/** A graph that the engines are measured on. */
export interface Case {
  readonly name: string;
  readonly instances: number;
  readonly regime: Regime;
  /**
   * Every instance is a seed, one after the other. Engines that do nothing for one seed that helps another are measured
   * on as many drawn at random, where all would take minutes.
   */
  readonly sample: number;
}

export const cases: readonly Case[] = [
  { name: "mild-1k", instances: 1000, regime: "mild", sample: 1000 },
  { name: "moderate-1k", instances: 1000, regime: "moderate", sample: 1000 },
  { name: "severe-1k", instances: 1000, regime: "severe", sample: 250 },
  { name: "mild-10k", instances: 10_000, regime: "mild", sample: 10_000 },
  { name: "moderate-10k", instances: 10_000, regime: "moderate", sample: 1000 },
  { name: "severe-10k", instances: 10_000, regime: "severe", sample: 50 },
  // Plain independent cascades: near 1.4 failures a seed, and near 118, which takes the smaller graph (10,000: 280).
  { name: "ic-1k", instances: 1000, regime: "ic", sample: 1000 },
  { name: "ic-10k", instances: 10_000, regime: "ic", sample: 10_000 },
  { name: "ichi-1k", instances: 1000, regime: "ichi", sample: 1000 },
];

/** @throws RangeError naming the cases where there is none of that name */
export function findCase(name: string): Case {
  const found = cases.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new RangeError(`--graph ${name}: no such graph, expected one of ${cases.map((one) => one.name).join(", ")}`);
}
