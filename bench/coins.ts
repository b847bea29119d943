import { BLOCK, coinKey, drawBlock, PURPOSE } from "../simulator/coins.js";
import { type CompiledTopology, compile } from "../simulator/compile.js";
import { KernelSpace } from "../simulator/kernel/space.js";
import { generateGraph } from "./graphs.js";
import { type Effort, medianTimes, RUN_SEED, timeOf } from "./measure.js";

/** Worlds that coins are drawn for in one go. */
const WORLDS = 512;

/** One way to draw the coins `needs` and `sticky` of every dependency. */
interface CoinSource {
  readonly name: string;
  /** Draws 512 worlds from `from` on for every dependency. @returns all words of coins, one xor the other */
  draw(topology: CompiledTopology, from: number): number;
}

const sources: readonly CoinSource[] = [
  { name: "typescript", draw: drawBlocks },
  { name: "wasm", draw: drawRows },
];

export interface CoinFigure {
  readonly engine: string;
  readonly dependencies: number;
  readonly worlds: number;
  /** For one dependency in one world: both thresholds over one uniform. */
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
  const expected = sources[0]!.draw(topology, 0);
  const rounds = sources.map(({ name, draw }) => {
    if (draw(topology, 0) !== expected) throw new Error(`${name} draws other coins than ${sources[0]!.name}`);
    return Math.max(1, Math.round(effort.seconds / timeOf(() => draw(topology, WORLDS))));
  });
  const tasks = sources.map(({ draw }, i) => () => {
    for (let round = 0; round < rounds[i]!; round++) draw(topology, round * WORLDS);
  });
  return medianTimes(tasks, effort.repeats).map((seconds, i) => {
    const worlds = rounds[i]! * WORLDS;
    return { engine: sources[i]!.name, dependencies, worlds, nanoseconds: (seconds * 1e9) / (dependencies * worlds) };
  });
}

function drawBlocks(topology: CompiledTopology, from: number): number {
  const { dependencyIdentities, needsThreshold, stickyThreshold } = topology;
  const key = coinKey(RUN_SEED);
  const needs = new Uint32Array(4);
  const sticky = new Uint32Array(4);
  const first = from / BLOCK;
  let mixed = 0;
  for (let d = 0; d < needsThreshold.length; d++) {
    const [need, stick] = [needsThreshold[d]!, stickyThreshold[d]!];
    for (let block = first; block < first + WORLDS / BLOCK; block++) {
      drawBlock(needs, sticky, 0, key, dependencyIdentities, d, PURPOSE.dependency, block, need, stick);
      for (let word = 0; word < 4; word++) mixed ^= needs[word]! ^ sticky[word]!;
    }
  }
  return mixed;
}

let space: KernelSpace | undefined;

function drawRows(topology: CompiledTopology, from: number): number {
  const { dependencyIdentities, needsThreshold, stickyThreshold } = topology;
  if (space === undefined) {
    space = new KernelSpace();
    const { low, high } = coinKey(RUN_SEED);
    space.exports.setKey(low, high);
    space.reserve("needsRows", 128);
  }
  const place = space.get("needsRows");
  const words = new Uint32Array(space.exports.memory.buffer, place, 32);
  let mixed = 0;
  for (let d = 0; d < needsThreshold.length; d++) {
    const [low, high] = [dependencyIdentities[2 * d]!, dependencyIdentities[2 * d + 1]!];
    const [need, stick] = [BigInt(needsThreshold[d]!), BigInt(stickyThreshold[d]!)];
    space.exports.drawRow(place, place + 64, low, high, from / WORLDS, PURPOSE.dependency, need, stick);
    for (const word of words) mixed ^= word;
  }
  return mixed;
}
