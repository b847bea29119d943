/** A probability as a percentage with enough digits to tell small ones apart. */
export function percent(p: number): string {
  if (p === 0) return "0 %";
  return `${(p * 100).toFixed(p < 0.0995 ? 2 : 1)} %`;
}
