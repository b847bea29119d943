// Philox4x32-10 (Salmon et al., SC '11) on four counters at once: a lane a counter. Its constants and the keys of its
// rounds lie in memory: those in the code are made anew, in three instructions each, wherever they are read.

export let out0: v128 = i32x4(0, 0, 0, 0);
export let out1: v128 = i32x4(0, 0, 0, 0);
export let out2: v128 = i32x4(0, 0, 0, 0);
export let out3: v128 = i32x4(0, 0, 0, 0);

const ROUNDS: u32 = 10;
export const multipliers = memory.data(32, 16);
export const keys = memory.data(320, 16);

/** Sets the key of all coins. */
export function setKey(low: u32, high: u32): void {
  v128.store(multipliers, i32x4.splat(0xd2511f53));
  v128.store(multipliers, i32x4.splat(0xcd9e8d57), 16);
  for (let round: u32 = 0; round < ROUNDS; round++) {
    v128.store(keys + (<usize>round << 5), i32x4.splat(low + round * 0x9e3779b9));
    v128.store(keys + (<usize>round << 5), i32x4.splat(high + round * 0xbb67ae85), 16);
  }
}

@inline
export function philox(counter0: v128, counter1: v128, counter2: v128, counter3: v128): void {
  let c0 = counter0;
  let c1 = counter1;
  let c2 = counter2;
  let c3 = counter3;
  for (let key = keys; key < keys + 320; key += 64) {
    let multiplier = v128.load(multipliers);
    let a = i64x2.extmul_low_i32x4_u(c0, multiplier);
    let b = i64x2.extmul_high_i32x4_u(c0, multiplier);
    multiplier = v128.load(multipliers, 16);
    let c = i64x2.extmul_low_i32x4_u(c2, multiplier);
    let d = i64x2.extmul_high_i32x4_u(c2, multiplier);
    c0 = v128.xor(v128.xor(v128.shuffle<u32>(c, d, 1, 3, 5, 7), c1), v128.load(key));
    c2 = v128.xor(v128.xor(v128.shuffle<u32>(a, b, 1, 3, 5, 7), c3), v128.load(key, 16));
    c1 = v128.shuffle<u32>(c, d, 0, 2, 4, 6);
    c3 = v128.shuffle<u32>(a, b, 0, 2, 4, 6);
    multiplier = v128.load(multipliers);
    a = i64x2.extmul_low_i32x4_u(c0, multiplier);
    b = i64x2.extmul_high_i32x4_u(c0, multiplier);
    multiplier = v128.load(multipliers, 16);
    c = i64x2.extmul_low_i32x4_u(c2, multiplier);
    d = i64x2.extmul_high_i32x4_u(c2, multiplier);
    c0 = v128.xor(v128.xor(v128.shuffle<u32>(c, d, 1, 3, 5, 7), c1), v128.load(key, 32));
    c2 = v128.xor(v128.xor(v128.shuffle<u32>(a, b, 1, 3, 5, 7), c3), v128.load(key, 48));
    c1 = v128.shuffle<u32>(c, d, 0, 2, 4, 6);
    c3 = v128.shuffle<u32>(a, b, 0, 2, 4, 6);
  }
  out0 = c0;
  out1 = c1;
  out2 = c2;
  out3 = c3;
}
