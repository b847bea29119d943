/** An amount that was partly sampled, with its 90 % interval. */
export interface Amount {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** The 95th percentile of the standard normal distribution. */
const z95 = 1.6448536269514722;

/**
 * The 90 % interval of an amount of which a part was sampled.
 *
 * What was seen is certain. The unseen part of a Poisson stream that was thinned is, given the part that was seen and with
 * a prior of equal weight on every order of magnitude, a gamma distribution (Gelman et al., Bayesian Data Analysis, 3rd
 * ed., section 2.6); of a sum of parts that are decayed and sampled differently it has the mean and the variance of the
 * sum (Fay and Feuer, Statistics in Medicine 16, 1997). Its quantiles are by Wilson and Hilferty's cube (PNAS 17, 1931).
 * @param estimate what was seen, scaled up by its sampling; 0 or more
 * @param seen what was seen, at most `estimate`
 * @param variance of the estimate: the sum of count × (1 − p) / p² over its parts, each sampled with p; 0 or more
 */
export function intervalOf(estimate: number, seen: number, variance: number): Amount {
  const unseen = estimate - seen;
  const shape = (unseen * unseen) / variance;
  const scale = variance / unseen;
  if (!(unseen > 0 && shape > 0 && shape < Number.POSITIVE_INFINITY && scale > 0)) {
    return { estimate, low: estimate, high: estimate };
  }
  const at = (z: number) => seen + scale * gammaQuantile(shape, z);
  return { estimate, low: at(-z95), high: at(z95) };
}

/** A quantile of the gamma distribution of scale 1, given that of the normal distribution. */
function gammaQuantile(shape: number, z: number): number {
  const ninth = 1 / (9 * shape);
  return shape * Math.max(0, 1 - ninth + z * Math.sqrt(ninth)) ** 3;
}
