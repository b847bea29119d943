import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../input/json.js";
import { InputError } from "../../input/problems.js";

const broken: [text: string, place: string, message: RegExp][] = [
  ["", "line 1, column 1", /is empty/],
  [" \n ", "line 1, column 1", /is empty/],
  ['{"a":1,}', "line 1, column 8", /found "}"; expected a field name/],
  ["[1,\n 2,\n ]", "line 3, column 2", /found "]"; expected a value/],
  ["[1, 2", "line 1, column 6", /ends too early; expected ","/],
  ['{"a" 1}', "line 1, column 6", /found "1"; expected ":"/],
  ["{a: 1}", "line 1, column 2", /found "a"; expected a field name/],
  ["{'a': 1}", "line 1, column 2", /found "'"/],
  ['{"a": tru}', "line 1, column 7", /found "t"; expected a value/],
  ['{"a": NaN}', "line 1, column 7", /found "N"; expected a value/],
  ["[1] 2", "line 1, column 5", /expected nothing more/],
  ["01", "line 1, column 2", /expected nothing more/],
  ["[1}", "line 1, column 3", /found "}"; expected ","/],
  ['["a\nb"]', "line 1, column 2", /not closed/],
  ['["a\\x"]', "line 1, column 2", /unknown escape/],
  ["nodes:\n  - id: a", "line 1, column 1", /found "n"; expected a value/],
];

describe("parseJson", () => {
  it.each(broken)("says where %j breaks", (text, place, message) => {
    const problem = problemOf(text);
    expect(problem.place).toBe(place);
    expect(problem.message).toMatch(message);
  });

  it("skips a byte order mark", () => {
    expect(parseJson('\uFEFF{"a":1}', "x")).toEqual({ a: 1 });
  });

  it("finds the fault of a long text that is never closed at once", () => {
    expect(problemOf(`{"a": "${"x".repeat(200_000)}`).message).toMatch(/not closed/);
  });

  it("names the source", () => {
    expect(() => parseJson("{", "flows.json")).toThrow(/^flows\.json: 1 problem/);
  });

  it("accepts what JSON.parse accepts, and finds a fault inside what it refuses", () => {
    const cut = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", "x", '"', "1"));
    fc.assert(
      fc.property(cut, ([json, position, inserted]) => {
        const at = position % (json.length + 1);
        const text = json.slice(0, at) + inserted + json.slice(at + 1);
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          const [line, column] = problemOf(text).place.match(/\d+/g)?.map(Number) ?? [];
          expect(line).toBe(1);
          expect(column).toBeLessThanOrEqual(text.length + 1);
          return;
        }
        expect(parseJson(text, "x")).toEqual(value);
      }),
    );
  });

  it("never points past the first broken character: what stands before it can still be completed", () => {
    expect(problemOf('{"a": [1, {"b": "c"} "d"]}').place).toBe("line 1, column 22");
    expect(problemOf('{"a": 1.}').place).toBe("line 1, column 8");
  });
});

function problemOf(text: string) {
  try {
    parseJson(text, "x");
  } catch (error) {
    if (error instanceof InputError && error.problems[0]) return error.problems[0];
    throw error;
  }
  throw new Error(`${text} was accepted`);
}
