/**
 * Numbers in 0…1 (1 left out), 32 bits each, the same for a seed everywhere: mulberry32 (Tommy Ettinger, 2017).
 *
 * @param seed integer; its low 32 bits count
 */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` different numbers of 0…below − 1, in order; all of them where `count` is `below` or more. */
export function drawDistinct(count: number, below: number, seed: number): Int32Array {
  const drawn = Int32Array.from({ length: below }, (_, i) => i);
  if (count >= below) return drawn;
  const random = randomNumbers(seed);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (below - i));
    [drawn[i], drawn[j]] = [drawn[j]!, drawn[i]!];
  }
  return drawn.slice(0, count).sort();
}
