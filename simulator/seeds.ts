import { InputError, type Problem, show } from "../input/problems.js";
import { type CompiledTopology, seedCount, seedName } from "./compile.js";

/** Every instance, host and zone, as numbered by `seedCount`. */
export function allSeeds(topology: CompiledTopology): Int32Array {
  return Int32Array.from({ length: seedCount(topology) }, (_, seed) => seed);
}

/**
 * Seeds by name (an instance's id, `host/ID`, `zone/ID`) as positions, sorted, each once; all where no names are given.
 *
 * @throws InputError that lists every name that is not in the topology
 */
export function seedsNamed(topology: CompiledTopology, names: readonly string[] | undefined): Int32Array {
  const all = allSeeds(topology);
  if (names === undefined) return all;
  const byName = new Map(Array.from(all, (seed) => [seedName(topology, seed), seed]));
  const problems: Problem[] = [];
  const found = new Set<number>();
  for (const [i, name] of names.entries()) {
    const seed = byName.get(name);
    if (seed !== undefined) found.add(seed);
    else {
      const message = `${show(name)} is not in the topology; give an instance's id, host/ID or zone/ID of one that is`;
      problems.push({ place: `seeds[${i}]`, message });
    }
  }
  if (problems.length > 0) throw new InputError("seeds", problems);
  return Int32Array.from(found).sort();
}
