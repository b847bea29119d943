const Z = 1.959963984540054;
const SERIES_UP_TO = 400;
const known = new Map<number, number>();

/** The 97.5 % point of the standard normal distribution. */
export const NORMAL_QUANTILE = Z;

/**
 * The 97.5 % point of Student's t, within 1e-9.
 *
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964): the finite series 26.7.3 and 26.7.4 for whole
 * degrees of freedom, solved by bisection; from 400 degrees on the expansion 26.7.5.
 *
 * @param degrees whole number from 1
 */
export function studentQuantile(degrees: number): number {
  if (degrees > SERIES_UP_TO) return expansion(degrees);
  const stored = known.get(degrees);
  if (stored !== undefined) return stored;
  let low = 1.9;
  let high = 13;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (centralProbability(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  // `Math.atan` may differ between engines in its last bit; rounded, the quantile does not.
  const quantile = Math.round(high * 2 ** 36) / 2 ** 36;
  known.set(degrees, quantile);
  return quantile;
}

/** A(t|ν) = P(−t < T < t). */
function centralProbability(t: number, degrees: number): number {
  const cosineSquared = degrees / (degrees + t * t);
  const sine = t / Math.sqrt(degrees + t * t);
  const odd = degrees % 2 === 1;
  let term = odd ? Math.sqrt(cosineSquared) : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosineSquared * (k - 1)) / k;
    sum += term;
  }
  if (!odd) return sine * sum;
  return (2 / Math.PI) * (Math.atan(t / Math.sqrt(degrees)) + sine * sum);
}

function expansion(degrees: number): number {
  const z2 = Z * Z;
  const g1 = (Z * (z2 + 1)) / 4;
  const g2 = (Z * ((5 * z2 + 16) * z2 + 3)) / 96;
  const g3 = (Z * (((3 * z2 + 19) * z2 + 17) * z2 - 15)) / 384;
  const g4 = (Z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945)) / 92160;
  return Z + (g1 + (g2 + (g3 + g4 / degrees) / degrees) / degrees) / degrees;
}
