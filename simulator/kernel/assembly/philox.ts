import { keyHigh, keyLow } from "./layout";

// Philox4x32-10 (Salmon et al., SC '11) on four counters at once: a lane a counter.
export let out0: v128 = i32x4(0, 0, 0, 0);
export let out1: v128 = i32x4(0, 0, 0, 0);
export let out2: v128 = i32x4(0, 0, 0, 0);
export let out3: v128 = i32x4(0, 0, 0, 0);

@inline
export function philox(counter0: v128, counter1: v128, counter2: v128, counter3: v128): void {
  const multiplier0 = i32x4.splat(0xd2511f53);
  const multiplier1 = i32x4.splat(0xcd9e8d57);
  const weyl0 = i32x4.splat(0x9e3779b9);
  const weyl1 = i32x4.splat(0xbb67ae85);
  let c0 = counter0;
  let c1 = counter1;
  let c2 = counter2;
  let c3 = counter3;
  let k0 = i32x4.splat(keyLow);
  let k1 = i32x4.splat(keyHigh);
  for (let round = 0; round < 10; round++) {
    const a = i64x2.extmul_low_i32x4_u(c0, multiplier0);
    const b = i64x2.extmul_high_i32x4_u(c0, multiplier0);
    const c = i64x2.extmul_low_i32x4_u(c2, multiplier1);
    const d = i64x2.extmul_high_i32x4_u(c2, multiplier1);
    c0 = v128.xor(v128.xor(v128.shuffle<u32>(c, d, 1, 3, 5, 7), c1), k0);
    c2 = v128.xor(v128.xor(v128.shuffle<u32>(a, b, 1, 3, 5, 7), c3), k1);
    c1 = v128.shuffle<u32>(c, d, 0, 2, 4, 6);
    c3 = v128.shuffle<u32>(a, b, 0, 2, 4, 6);
    k0 = i32x4.add(k0, weyl0);
    k1 = i32x4.add(k1, weyl1);
  }
  out0 = c0;
  out1 = c1;
  out2 = c2;
  out3 = c3;
}
