import { FieldError, readTime } from "./fields.js";

/** What of a connection is new since it was last counted. */
export interface Growth {
  readonly connections: 0 | 1;
  readonly bytes: number;
}

/**
 * The connections of a text that shows each of them again and again: one listing after the other, or the events of its
 * life. Each is counted once for as long as it is shown, and its bytes as they grow. What the listing before no longer
 * showed is forgotten, so that memory goes by what is open at a time.
 */
export class Listings {
  private before = new Map<string, number>();
  private now = new Map<string, number>();
  private at: number | undefined;

  /** Unix seconds of the listing that is being read; undefined before the first time line. */
  get time(): number | undefined {
    return this.at;
  }

  /** Begins a new listing. */
  begin(time: number): void {
    this.before = this.now;
    this.now = new Map();
    this.at = time;
  }

  /** Whether the connection was counted already. */
  knows(key: string): boolean {
    return this.now.has(key) || this.before.has(key);
  }

  /** Counts a connection; fewer bytes than before are those of another connection between the same ports. */
  count(key: string, bytes: number): Growth {
    const counted = this.now.get(key) ?? this.before.get(key);
    this.now.set(key, bytes);
    if (counted === undefined || bytes < counted) return { connections: 1, bytes };
    return { connections: 0, bytes: bytes - counted };
  }

  /** Forgets a connection that has ended. */
  end(key: string): void {
    this.now.delete(key);
    this.before.delete(key);
  }
}

/**
 * The time that a line of nothing else gives, as `date +%s` or `date -u +%FT%TZ` print it; undefined for other lines.
 * @throws FieldError for a time that is not believed
 */
export function readTimeLine(line: string): number | undefined {
  const text = line.trim();
  if (/^\d+$/.test(text)) return readTime("time", text);
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/.test(text)) return undefined;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw new FieldError("time", text, "a time such as 2026-11-25T14:14:39Z");
  return readTime("time", String(Math.floor(milliseconds / 1000)));
}
