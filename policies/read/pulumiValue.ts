import { secretValue, unknownValue } from "../values.js";

/** What the engine writes for a value that is not known yet, one for each type of value. */
const unknownMarkers: ReadonlySet<unknown> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
/** An object with this key stands for a value that JSON has not; the key's value says for which. */
const signature = "4dabf18193072939515e22adb298388d";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Whether an object stands for a value that JSON has not. */
export function isMarked(value: object): boolean {
  return Object.hasOwn(value, signature);
}

/**
 * A property as the engine writes it to previews and plans, with secrets and unknowns covered
 * (`sdk/go/common/resource/properties.go` and `stack/deployment.go` of Pulumi). What needs no cover is returned itself.
 */
export function coverPulumi(value: unknown): unknown {
  if (typeof value === "string") {
    if (value === "[secret]") return secretValue;
    return unknownMarkers.has(value) ? unknownValue : value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const covered = value.map(coverPulumi);
    return covered.every((item, i) => item === value[i]) ? value : covered;
  }
  const object = value as Readonly<Record<string, unknown>>;
  if (isMarked(object)) return coverSigned(object);
  const entries = Object.entries(object).map(([key, item]) => [key, coverPulumi(item)] as const);
  // fromEntries makes own properties of names such as __proto__, too.
  return entries.every(([key, item]) => item === object[key]) ? object : Object.fromEntries(entries);
}

/** A secret, an output, or what no rule reads (assets, archives, references): all but a known output stay covered. */
function coverSigned(object: Readonly<Record<string, unknown>>): unknown {
  if (object[signature] !== outputSignature || object.secret === true) return secretValue;
  return Object.hasOwn(object, "value") ? coverPulumi(object.value) : unknownValue;
}
