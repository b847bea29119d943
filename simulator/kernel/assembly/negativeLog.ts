// The same operations in the same order as simulator/negativeLog.ts, which gives the source.
@inline
export function negativeLog(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let high = <u32>(bits >> 32);
  let exponent = <i32>(high >> 20) - 1023;
  high &= 0x000fffff;
  const aboveRoot2 = (high + 0x95f64) & 0x100000;
  exponent += aboveRoot2 >> 20;
  const f = reinterpret<f64>(((<u64>(high | (aboveRoot2 ^ 0x3ff00000))) << 32) | (bits & 0xffffffff)) - 1.0;
  const s = f / (2.0 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const halfSquare = 0.5 * f * f;
  const k = <f64>exponent;
  return halfSquare - (s * (halfSquare + (odd + even)) + k * 1.9082149292705877e-10) - f - k * 0.6931471803691238;
}
