import { extremeNumbers, oddTexts } from "./mutateText.js";
import type { Random } from "./random.js";

type Container = unknown[] | Record<string, unknown>;

/** Stands in a document for raw JSON that no value can hold: numbers past what is exact, nesting past any stack. */
const raw = (json: string) => `\u0000raw:${json}`;
const nested = (depth: number) => raw(`${"[".repeat(depth)}1${"]".repeat(depth)}`);
const nestedObjects = (depth: number) => raw(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);
const rawMark = /"\\u0000raw:((?:[^"\\]|\\.)*)"/g;

/** Every place of a document: the container and the key in it. */
function placesOf(value: unknown, places: [Container, string][] = []): [Container, string][] {
  if (typeof value !== "object" || value === null) return places;
  for (const key of Object.keys(value)) {
    places.push([value as Container, key]);
    placesOf((value as Record<string, unknown>)[key], places);
  }
  return places;
}

function replacement(value: unknown, all: readonly [Container, string][], random: Random): unknown {
  const other = random.pick(all);
  const choices: readonly (() => unknown)[] = [
    () => null,
    () => true,
    () => 0,
    () => "",
    () => [],
    () => ({}),
    () => [value],
    () => ({ value }),
    () =>
      typeof value === "number" ? String(value) : typeof value === "string" ? Number(value) : JSON.stringify(value),
    () => raw(random.pick(extremeNumbers.filter((n) => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e-?\d+)?$/.test(n)))),
    () => random.pick(extremeNumbers),
    () => random.pick(oddTexts),
    () => nested(random.pick([3, 200, 20_000])),
    () => nestedObjects(random.pick([3, 200, 20_000])),
    () => structuredClone(at(other)),
    () => Array.from({ length: random.pick([2, 50]) }, () => structuredClone(value)),
  ];
  return random.pick(choices)();
}

const at = ([container, key]: [Container, string]) => (container as Record<string, unknown>)[key];

/** Changes one place of a document: another type or value, no field, a field under another name or twice. */
function mutateDocument(document: unknown, random: Random): unknown {
  const root = { document };
  const places = placesOf(root);
  const place = random.pick(places);
  const [container, key] = place;
  const change = random.below(6);
  if (change === 0 && container !== root) {
    if (Array.isArray(container)) container.splice(Number(key), 1);
    else delete container[key];
  } else if (change === 1 && container !== root && !Array.isArray(container)) {
    const name = random.pick([...oddTexts, key.toUpperCase(), `${key}s`, random.pick(places)[1]]);
    // Defined, not set: `__proto__` is to come as a field, as JSON.parse makes it.
    Object.defineProperty(container, name, { value: container[key], enumerable: true, configurable: true });
    if (random.below(2) === 0) delete container[key];
  } else {
    (container as Record<string, unknown>)[key] = replacement(at(place), places, random);
  }
  return root.document;
}

/** Changes a JSON document, or one line of JSON Lines, in one place; undefined where the text is neither. */
export function mutateJson(text: string, random: Random): string | undefined {
  const whole = parse(text);
  if (whole !== undefined) return print(mutateDocument(whole, random));
  const lines = text.split("\n");
  const parsed = lines.flatMap((line, i) => (parse(line) === undefined ? [] : [i]));
  if (parsed.length === 0) return undefined;
  const line = random.pick(parsed);
  lines[line] = print(mutateDocument(parse(lines[line] ?? ""), random));
  return lines.join("\n");
}

function print(document: unknown): string {
  const text = JSON.stringify(document) ?? "null";
  return text.replace(rawMark, (_, json: string) => JSON.parse(`"${json}"`) as string);
}

/** The object or list that a text holds. A document nested past what can be printed again is left to the text's mutations. */
function parse(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value).length > 1_000_000 ? undefined : value;
  } catch {
    return undefined;
  }
}
