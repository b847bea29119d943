import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHeader } from "../../../policies/comment/header.js";
import { truncate } from "../../../policies/comment/truncate.js";
import { reportPullRequest } from "../../../policies/report/pullRequest.js";
import { decision, largeBody } from "../../cli/comment/bodies.js";
import { hostileReport, hostileTexts } from "../report/hostile.js";
import { render } from "../report/rendered.js";

/** What is still open at the end, read by rules of its own: a fence, `<details>`, a table without its second row. */
function openAt(markdown: string): string[] {
  let fence: string | null = null;
  let details = 0;
  for (const line of markdown.split("\n")) {
    const ticks = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== null) {
      if (ticks !== undefined && ticks[0] === fence[0] && ticks.length >= fence.length) fence = null;
    } else if (ticks !== undefined) fence = ticks;
    else details += (line.match(/<details/g)?.length ?? 0) - (line.match(/<\/details>/g)?.length ?? 0);
  }
  return [...(fence === null ? [] : [`fence ${fence}`]), ...(details === 0 ? [] : [`details ${details}`])];
}

const summaryOf = (body: string): string => body.slice(0, body.indexOf("\n\n|"));

describe("a comment is shortened to the site's limit", () => {
  it("is given back as it is where it fits, to the byte", () => {
    const body = largeBody(1);
    expect(truncate(body, Buffer.byteLength(body))).toBe(body);
    expect(truncate(body, Buffer.byteLength(body) - 1)).not.toBe(body);
  });

  it("keeps something of each section, whole rows, and says what is missing", () => {
    const body = largeBody(1);
    const short = truncate(body, 65_536);
    const { tables } = render(short);
    const whole = render(body).tables;
    expect(tables).toHaveLength(whole.length);
    for (const [i, rows] of tables.entries()) {
      expect(rows.length).toBeGreaterThan(1);
      expect(whole[i]?.slice(0, rows.length)).toEqual(rows);
    }
    const lines = (text: string) => new Set(text.split("\n").filter((line) => line !== "" && line !== "```"));
    const [first, second] = [lines(body), lines(short)];
    const added = [...second].filter((line) => !first.has(line));
    for (const line of added) expect(line).toMatch(/^\*(Shortened|[\d,]+ more lines are left out)/);
    expect(added.at(-1)).toMatch(/^\*Shortened to 65,536 bytes: [\d,]+ lines are left out, of: a table, Verdicts/);
  });

  it("never is over the limit, keeps the summary, closes what is open and stays valid UTF-8, of any report", () => {
    const texts = hostileTexts.map(([, text]) => text.slice(0, 300));
    const reports = texts.map((text) => reportPullRequest(hostileReport(decision, text)));
    const large = largeBody(1);
    fc.assert(
      fc.property(fc.constantFrom(...reports, large), fc.integer({ min: 3500, max: 40_000 }), (body, limit) => {
        const short = truncate(body, limit);
        expect(Buffer.byteLength(short)).toBeLessThanOrEqual(limit);
        expect(short.startsWith(summaryOf(body))).toBe(true);
        expect(readHeader(short)?.header).toEqual(readHeader(body)?.header);
        expect(openAt(short)).toEqual([]);
        expect(Buffer.from(short, "utf8").toString("utf8")).toBe(short);
        expect(truncate(short, limit)).toBe(short);
      }),
      { numRuns: 150 },
    );
  });

  it("never is over the limit and closes what is open, of any Markdown", () => {
    const line = fc.oneof(
      fc.constantFrom("", "", "```", "````js", "~~~", "<details>", "<summary>x</summary>", "</details>", "# heading"),
      fc.constantFrom("| a | b |", "| --- | --- |", "| 1 | 2 |", "- item", "<!--", "-->", "```mermaid", "🚒 text 日本"),
      fc.string({ unit: "grapheme", maxLength: 80 }).map((text) => text.replace(/[`~<>|]/g, "")),
    );
    const markdown = fc.array(line, { minLength: 40, maxLength: 300 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(markdown, fc.integer({ min: 1000, max: 3000 }), (body, limit) => {
        const short = truncate(body, limit);
        expect(Buffer.byteLength(short)).toBeLessThanOrEqual(limit);
        expect(Buffer.from(short, "utf8").toString("utf8")).toBe(short);
        if (openAt(body).length === 0 && short !== body) expect(openAt(short)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
