import { BLOCK, coinKey, drawBlock, PURPOSE } from "../simulator/coins.js";
import { type CompiledTopology, compile } from "../simulator/compile.js";
import { KernelSpace } from "../simulator/kernel/space.js";
import { layTopology } from "../simulator/kernel/topology.js";
import { generateGraph } from "./graphs.js";
import { type Effort, medianTimes, RUN_SEED, timeOf } from "./measure.js";

/** Worlds that coins are drawn for in one go. */
const WORLDS = 512;

/** One way to draw the coins `needs` and `sticky` of every dependency. */
interface CoinSource {
  readonly name: string;
  /** @returns draws 512 worlds from one on, for every dependency, and gives all words of coins, one xor the other */
  open(topology: CompiledTopology): { draw(from: number): void; mixed(): number };
}

const sources: readonly CoinSource[] = [
  { name: "typescript", open: openBlocks },
  { name: "wasm", open: openRows },
];

export interface CoinFigure {
  readonly engine: string;
  readonly dependencies: number;
  readonly worlds: number;
  /** For one dependency in one world: both its coins, two thresholds over one uniform. */
  readonly nanoseconds: number;
}

/**
 * Coins alone, on one thread: both coins of every dependency of moderate-10k, 512 worlds at a time.
 *
 * @throws Error where sources disagree
 */
export function measureCoins(effort: Effort): CoinFigure[] {
  const topology = compile(generateGraph(10_000, "moderate"));
  const dependencies = topology.client.length;
  const opened = sources.map(({ open }) => open(topology));
  const mixed = opened.map((source) => {
    source.draw(0);
    return source.mixed();
  });
  if (mixed.some((value) => value !== mixed[0])) throw new Error("sources draw other coins than the first");
  const rounds = opened.map(({ draw }) => Math.max(1, Math.round(effort.seconds / timeOf(() => draw(WORLDS)))));
  const tasks = opened.map(({ draw }, i) => () => {
    for (let round = 0; round < rounds[i]!; round++) draw(round * WORLDS);
  });
  return medianTimes(tasks, effort.repeats).map((seconds, i) => {
    const worlds = rounds[i]! * WORLDS;
    return { engine: sources[i]!.name, dependencies, worlds, nanoseconds: (seconds * 1e9) / (dependencies * worlds) };
  });
}

function openBlocks({ dependencyIdentities, needsThreshold, stickyThreshold }: CompiledTopology) {
  const key = coinKey(RUN_SEED);
  const blocks = WORLDS / BLOCK;
  const needs = new Uint32Array(4 * blocks * needsThreshold.length);
  const sticky = new Uint32Array(needs.length);
  const draw = (from: number) => {
    for (let d = 0; d < needsThreshold.length; d++) {
      const [need, stick] = [needsThreshold[d]!, stickyThreshold[d]!];
      for (let i = 0; i < blocks; i++) {
        const at = 4 * (d * blocks + i);
        const block = from / BLOCK + i;
        drawBlock(needs, sticky, at, key, dependencyIdentities, d, PURPOSE.dependency, block, need, stick);
      }
    }
  };
  return { draw, mixed: () => mix(needs) ^ mix(sticky) };
}

function openRows(topology: CompiledTopology) {
  const dependencies = topology.client.length;
  const space = new KernelSpace();
  layTopology(space, topology, RUN_SEED);
  const words = (WORLDS / 32) * dependencies;
  space.reserve("needsWords", 4 * words);
  space.reserve("stickyWords", 4 * words);
  return {
    draw: (from: number) => space.exports.drawDependencies(0, dependencies, from / WORLDS),
    mixed: () => mix(space.words("needsWords", words)) ^ mix(space.words("stickyWords", words)),
  };
}

function mix(words: Uint32Array): number {
  return words.reduce((mixed, word) => mixed ^ word, 0);
}
