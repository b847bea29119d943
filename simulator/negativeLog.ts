const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const L1 = 0.6666666666666735;
const L2 = 0.3999999999940942;
const L3 = 0.2857142874366239;
const L4 = 0.22222198432149784;
const L5 = 0.1818357216161805;
const L6 = 0.15313837699209373;
const L7 = 0.14798198605116586;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
double[0] = 1;
const HIGH_WORD = words[1] === 0 ? 0 : 1;

/**
 * −ln(x) for a normal double x > 0, within 1 ulp, from + − × ÷ and integer operations only, so that every engine gives
 * the same bits; `Math.log` may differ between engines in the last one.
 *
 * Source: fdlibm `e_log.c` (Sun Microsystems, 1993): x = 2^k (1 + f) with √½ < 1 + f < √2, s = f / (2 + f),
 * ln(1 + f) = f − f²/2 + s (f²/2 + R(s²)).
 */
export function negativeLog(x: number): number {
  double[0] = x;
  let high = words[HIGH_WORD]!;
  let exponent = (high >>> 20) - 1023;
  high &= 0x000fffff;
  const aboveRoot2 = (high + 0x95f64) & 0x100000;
  words[HIGH_WORD] = high | (aboveRoot2 ^ 0x3ff00000);
  exponent += aboveRoot2 >>> 20;
  const f = double[0]! - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (L2 + w * (L4 + w * L6));
  const odd = z * (L1 + w * (L3 + w * (L5 + w * L7)));
  const halfSquare = 0.5 * f * f;
  return halfSquare - (s * (halfSquare + (odd + even)) + exponent * LN2_LOW) - f - exponent * LN2_HIGH;
}

/** −ln(1 − r) for 0 ≤ r < 1, also exact to a few ulp where 1 − r would round r away. Same operations only. */
export function negativeLogOfComplement(r: number): number {
  if (r >= 0.0009765625) return negativeLog(1 - r);
  return r * (1 + r * (1 / 2 + r * (1 / 3 + r * (1 / 4 + r * (1 / 5 + r / 6)))));
}
