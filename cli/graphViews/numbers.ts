import type { Measured } from "../../graph/origins.js";

/** An amount with as many digits as people read. */
export function formatAmount(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}

/** An amount with its unit, and with its interval where there is one. */
export function formatVolume({ estimate, low, high, unit }: Measured): string {
  const interval = low === high ? "" : ` (${formatAmount(low)}–${formatAmount(high)})`;
  return `${formatAmount(estimate)} ${unit}${interval}`;
}

/** The least and largest of probabilities, with two digits. */
export function formatRange(values: readonly number[]): string {
  const low = Math.min(...values).toFixed(2);
  const high = Math.max(...values).toFixed(2);
  return low === high ? low : `${low}–${high}`;
}

/** Unix seconds as people write a time. */
export function formatTime(seconds: number): string {
  return Number.isFinite(seconds) ? new Date(Math.round(seconds * 1000)).toISOString().replace(".000Z", "Z") : "?";
}
