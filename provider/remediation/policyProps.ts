import type { Props } from "../targets/index.js";

/** What the engine writes for a value that is not known before the update; `isHidden` knows it. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * A plain copy of the inputs that a policy is given. Those throw where an unknown value is read: the copy has the
 * engine's mark for it. Secrets are plain in both.
 */
export function readPolicyProps(props: Props): Props {
  return copyOf(props) as Props;
}

/**
 * Writes into a policy's inputs what differs between two plain copies of them, and nothing else: a secret that is
 * written to stays one, and so does all around it.
 */
export function writePolicyProps(props: Props, from: Props, to: Props): Props {
  write(props as Record<string, unknown>, from, to);
  return props;
}

function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.keys(value).map((key) => [key, copyAt(value as Record<string, unknown>, key)] as const);
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

function copyAt(value: Record<string, unknown>, key: string): unknown {
  let item: unknown;
  try {
    item = value[key];
  } catch {
    return unknown;
  }
  return copyOf(item);
}

function write(into: Record<string, unknown>, from: unknown, to: unknown): void {
  for (const [key, value] of Object.entries(to as Record<string, unknown>)) {
    const before = (from as Record<string, unknown>)[key];
    if (before === value) continue;
    const isBoth = [before, value].every((v) => typeof v === "object" && v !== null);
    if (isBoth) write(into[key] as Record<string, unknown>, before, value);
    else into[key] = value;
  }
}
