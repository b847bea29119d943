const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * Reads a duration such as `90s`, `5m`, `24h` or `7d`.
 * @returns seconds, or undefined when the text is no duration.
 */
export function readDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text);
  if (!match) return undefined;
  const value = Number(match[1]) * seconds[match[2] as keyof typeof seconds];
  return value > 0 ? value : undefined;
}

/** What a message says where a duration was expected. */
export const durationRemedy = "expected a duration such as 90s, 5m, 24h or 7d";
