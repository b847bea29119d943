import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deepest, readJsonParts } from "../../input/jsonParts.js";
import { InputError } from "../../input/problems.js";

/** The document put together again from its rest and the parts that were handed over. */
function reassembled(text: string | Buffer): unknown {
  const parts = new Map<number | string, unknown>();
  const rest = readJsonParts(Buffer.from(text), "file", { steps: (value, key) => void parts.set(key, value) });
  const document = rest as { steps?: unknown };
  if (typeof document !== "object" || document === null || !Object.hasOwn(document, "steps")) return rest;
  if (typeof document.steps !== "object" || document.steps === null) return rest;
  const steps = Array.isArray(document.steps)
    ? document.steps.map((_, i) => parts.get(i))
    : Object.fromEntries(Object.keys(document.steps).map((key) => [key, parts.get(key)]));
  return { ...document, steps };
}

function problemOf(text: string | Buffer): string {
  try {
    reassembled(text);
  } catch (error) {
    if (error instanceof InputError) return error.problems.map((p) => `${p.place}: ${p.message}`).join("\n");
    throw error;
  }
  return "none";
}

describe("a document read part by part", () => {
  it("is what JSON.parse makes of it, whatever its layout", () => {
    const layout = fc.constantFrom(undefined, 1, 4, "\t");
    const steps = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue());
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), steps, layout, (others, value, indent) => {
        const text = JSON.stringify({ ...others, steps: value, last: '",]}\\' }, null, indent);
        expect(reassembled(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("is refused where JSON.parse refuses it, and only there", () => {
    const base = JSON.stringify({ a: [1, { b: 'c\\"d' }], steps: [{ x: [] }, "y,]", null], z: {} });
    const edit = fc.record({
      at: fc.nat(base.length),
      remove: fc.nat(3),
      insert: fc.constantFrom("", ",", "]", "}", "[", "{", '"', ":", "\\", "1", " "),
    });
    fc.assert(
      fc.property(edit, ({ at, remove, insert }) => {
        const text = base.slice(0, at) + insert + base.slice(at + remove);
        let expected: unknown = InputError;
        try {
          expected = JSON.parse(text);
        } catch {}
        if (expected === InputError) expect(() => reassembled(text)).toThrow(InputError);
        else if (problemOf(text) !== "steps: is there twice; make the file again")
          expect(reassembled(text)).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, string | Buffer, string]>([
    ["nothing", "", "line 1, column 1: is empty; expected a JSON document"],
    [
      "a cut document",
      '{"steps": [{"op": "create"',
      'line 1, column 27: the document ends too early; expected "," or the closing bracket',
    ],
    [
      "a cut text",
      '{"steps": ["abc',
      "line 1, column 12: a text that is not closed, or holds a line break or an unknown escape; close it on its line",
    ],
    ["a fault in a part", '{"steps": [\n{"a": tru}]}', "line 2, column 7: found something else; expected a value"],
    [
      "two documents",
      '{"steps": []}\n{"steps": []}',
      "line 2, column 1: found something else; expected nothing more after the document",
    ],
    ["a member given twice", '{"steps": [], "steps": [1]}', "steps: is there twice; make the file again"],
    [
      "a byte that is no UTF-8",
      Buffer.from('{"a": 1,\n"b": "\xff"}', "latin1"),
      "line 2: is not UTF-8; make it again, or convert it",
    ],
    [
      "nesting that fills a stack",
      `\n{"a": ${"[".repeat(100_000)}`,
      `line 2: is nested more than ${deepest} levels deep; no tool writes such a file: make it again`,
    ],
  ])("says of %s where and what", (_title, text, problem) => expect(problemOf(text)).toBe(problem));

  it("shows no value in a message", () => {
    for (const text of [
      '{"steps": ["hunter2" "hunter2"]}',
      '{"a": hunter2}',
      '{"steps": [{"a": "hunter2]}',
      "{hunter2: 1}",
    ]) {
      expect(problemOf(text)).not.toMatch(/hunter|none/);
    }
  });

  it.each<[string, Buffer]>([
    ["UTF-8 with a byte order mark", Buffer.from('\ufeff{"steps":["é"]}')],
    ["UTF-16LE, as Windows PowerShell writes it", Buffer.from('\ufeff{"steps":["é"]}', "utf16le")],
    ["UTF-16BE", Buffer.from('\ufeff{"steps":["é"]}', "utf16le").swap16()],
  ])("is read from %s", (_title, bytes) => expect(reassembled(bytes)).toEqual({ steps: ["é"] }));

  it("keeps names of the object prototype as they are", () => {
    const text = '{"steps":{"__proto__":{"a":1},"constructor":2},"__proto__":3}';
    const parts: unknown[] = [];
    const rest = readJsonParts(Buffer.from(text), "file", { steps: (value, key) => void parts.push([key, value]) });
    expect(parts).toEqual([
      ["__proto__", { a: 1 }],
      ["constructor", 2],
    ]);
    expect(Object.getPrototypeOf(rest)).toBe(Object.prototype);
    expect(Object.keys(rest as object)).toEqual(["steps", "__proto__"]);
  });
});
