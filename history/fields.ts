import { isIP, SocketAddress } from "node:net";
import { show } from "../input/problems.js";

/** A place is shown up to here: its name may come from the file. */
const longestField = 120;

/** A field of a line that does not hold what it should. The message names field, value and what was expected. */
export class FieldError extends Error {
  override readonly name = "FieldError";
  constructor(field: string, value: unknown, expected: string) {
    const place = field.length > longestField ? `${field.slice(0, longestField)}...` : field;
    super(`${place} ${show(value)}: expected ${expected}`);
  }
}

/** Unix seconds between which a time is believed: 2000-01-01 (inclusive) and 2100-01-01 (exclusive). */
export const earliest = 946_684_800;
export const latest = 4_102_444_800;

/** A whole number from `low` to `high`. */
export function readInteger(field: string, text: string | undefined, low: number, high: number): number {
  const value = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new FieldError(field, text, `a whole number from ${low} to ${high}`);
}

/** A count: a whole number of at least `low`, small enough to be held exactly. */
export function readCount(field: string, text: string | undefined, low = 0): number {
  const value = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new FieldError(field, text, low === 0 ? "a whole number, not negative" : `a whole number of at least ${low}`);
}

/** A time in unix seconds. Milliseconds and the like fall outside the believed years and are refused. */
export function readTime(field: string, text: string | undefined): number {
  const value = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= earliest && value < latest) return value;
  throw new FieldError(field, text, "unix seconds between the years 2000 and 2100");
}

/** Unix nanoseconds, as digits or as a number, in seconds. */
export function readNanoseconds(field: string, value: unknown): number {
  const nanoseconds = typeof value === "string" && /^\d{1,20}$/.test(value) ? Number(value) : value;
  const seconds = typeof nanoseconds === "number" ? nanoseconds / 1e9 : Number.NaN;
  if (seconds >= earliest && seconds < latest) return seconds;
  throw new FieldError(field, value, "unix nanoseconds between the years 2000 and 2100");
}

/** An IPv4 or IPv6 address; IPv6 comes back in its short lower-case form, so that one address has one name. */
export function readAddress(field: string, text: string | undefined): string {
  const family = text === undefined ? 0 : isIP(text);
  if (text !== undefined && family === 4) return text;
  if (text !== undefined && family === 6 && !text.includes("%")) {
    return new SocketAddress({ address: text, family: "ipv6" }).address;
  }
  throw new FieldError(field, text, "an IPv4 or IPv6 address");
}

/** Runs `read`; a field that does not fit becomes the reason why the line is rejected. */
export function rejectable<T>(read: () => T): T | { readonly reject: string } {
  try {
    return read();
  } catch (error) {
    if (error instanceof FieldError) return { reject: error.message };
    throw error;
  }
}
