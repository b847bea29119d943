import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CommentHeader, type RunOrder, readHeader, writeHeader } from "../../../policies/comment/header.js";
import { compareRuns } from "../../../policies/comment/order.js";
import { type PostedComment, placeComment } from "../../../policies/comment/place.js";
import { hostileTexts } from "../report/hostile.js";

const at = (time: number, order?: RunOrder): CommentHeader => ({
  project: "shop",
  stack: "dev",
  createdAt: new Date(time * 60_000).toISOString(),
  ...(order !== undefined && { order }),
});
const github = (...numbers: number[]): RunOrder => ({ source: "github", at: numbers });
const gitlab = (...numbers: number[]): RunOrder => ({ source: "gitlab", at: numbers });

describe("the hidden header", () => {
  it.each(hostileTexts)("comes back as it was, in one line that ends no comment early: %s", (_, text) => {
    const header: CommentHeader = { project: text, stack: `${text}--${text}`, decision: text, order: github(1, 2) };
    const line = writeHeader(header);
    expect(line).toMatch(/^<!-- [\x20-\x7e]+ -->$/);
    expect(line.slice(4, -3)).not.toMatch(/--|[<>]/);
    expect(readHeader(`${line}\r\n\r\nrest\r\n`)).toEqual({ header, rest: "\nrest\n" });
  });

  it.each([
    "",
    "text",
    "<!-- firebreak:comment -->",
    "<!-- firebreak:comment {} -->",
    '<!-- firebreak:comment {"project":1,"stack":"dev"} -->',
    '> <!-- firebreak:comment {"project":"a","stack":"dev"} -->',
    'first\n<!-- firebreak:comment {"project":"a","stack":"dev"} -->',
    '<!-- firebreak:comment {"project":"a","stack":"dev"}',
  ])("is not seen in %j", (body) => expect(readHeader(body)).toBeNull());

  it("of a newer version is read as far as it is known", () => {
    const body = '<!-- firebreak:comment {"project":"a","stack":"b","new":[1]} -->';
    expect(readHeader(body)?.header).toEqual({ project: "a", stack: "b" });
  });
});

describe("which run is later", () => {
  it.each<[string, CommentHeader, CommentHeader, number]>([
    ["the higher run", at(1, github(9)), at(2, github(10)), -1],
    ["the higher attempt of one run", at(2, github(9, 1)), at(1, github(9, 2)), -1],
    ["numbers, not texts", at(1, gitlab(9)), at(1, gitlab(10)), -1],
    ["one run is as late as itself", at(1, gitlab(9)), at(2, gitlab(9)), 0],
    ["of two sources, the later decision", at(3, github(1)), at(2, gitlab(100)), 1],
    ["without an order, the later decision", at(3), at(2, gitlab(100)), 1],
    ["nothing tells", { project: "shop", stack: "dev" }, at(2, gitlab(100)), 0],
  ])("%s", (_, a, b, expected) => {
    expect(Math.sign(compareRuns(a, b))).toBe(expected);
    expect(Math.sign(compareRuns(b, a))).toBe(expected === 0 ? 0 : -expected);
  });
});

/** Carries steps out on a list of comments, as a site would. */
function carryOut(there: PostedComment[], placement: ReturnType<typeof placeComment>): void {
  for (const step of placement.steps) {
    if (step.do === "create") there.push({ id: 1 + Math.max(0, ...there.map((c) => c.id)), body: step.body });
    else {
      const i = there.findIndex((c) => c.id === step.id);
      if (i >= 0) there.splice(i, 1, ...(step.do === "delete" ? [] : [{ id: step.id, body: step.body }]));
    }
  }
}

const fresh = (run: number, stack = "dev") => ({
  header: { ...at(run, github(run)), stack, changes: 1 },
  rest: `run ${run}`,
});

describe("runs of several stacks, in any order, some looking before others write", () => {
  it("end at one comment a stack, of its latest run", () => {
    const run = fc.record({ run: fc.integer({ min: 1, max: 9 }), stack: fc.constantFrom("dev", "prod") });
    fc.assert(
      fc.property(fc.array(fc.tuple(run, fc.boolean()), { minLength: 1, maxLength: 12 }), (runs) => {
        const there: PostedComment[] = [{ id: 1, body: "of a person" }];
        // A run that looks early sees what was there at the start; every run looks again after it wrote.
        const start = [...there];
        const waiting = runs.map(([{ run: n, stack }, early]) => ({ text: fresh(n, stack), early }));
        for (const { text, early } of waiting) carryOut(there, placeComment(early ? start : there, text, 65_536));
        for (const { text } of waiting) carryOut(there, placeComment(there, text, 65_536));
        for (const stack of new Set(runs.map(([r]) => r.stack))) {
          const ofStack = there.filter((c) => readHeader(c.body)?.header.stack === stack);
          const latest = Math.max(...runs.filter(([r]) => r.stack === stack).map(([r]) => r.run));
          expect(ofStack.map((c) => readHeader(c.body)?.rest.trim())).toEqual([`run ${latest}`]);
        }
        expect(there[0]?.body).toBe("of a person");
        for (const { text } of waiting) expect(placeComment(there, text, 65_536).steps).toEqual([]);
      }),
    );
  });
});
