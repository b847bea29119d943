import { execFile } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../../input/problems.js";
import { appendAudit, readAudit, verifyAudit } from "../../../stores/audit/file.js";
import { entry } from "./example.js";

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "firebreak-audit-"));
  log = join(folder, "audit.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function writeLog(entries: number): Promise<Buffer> {
  for (let i = 0; i < entries; i += 1)
    await appendAudit(log, { ...entry, name: `cart-${i}` }, `2026-01-01T00:00:0${i}Z`);
  return readFileSync(log);
}

describe("audit log", () => {
  it("gives back what was appended, chained from 64 zeros", async () => {
    await writeLog(3);
    const records = readAudit(log);
    expect(records.map((r) => [r.seq, r.name, r.at])).toEqual([
      [1, "cart-0", "2026-01-01T00:00:00Z"],
      [2, "cart-1", "2026-01-01T00:00:01Z"],
      [3, "cart-2", "2026-01-01T00:00:02Z"],
    ]);
    expect(records.map((r) => r.prev)).toEqual(["0".repeat(64), records[0]?.hash, records[1]?.hash]);
    expect(verifyAudit(log)).toEqual({ records: 3, problems: [], torn: [] });
  });

  it("finds any flipped bit of any byte", async () => {
    const whole = await writeLog(3);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const changed = Buffer.from(whole);
        changed.writeUInt8(whole.readUInt8(at) ^ (1 << bit), at);
        writeFileSync(log, changed);
        expect(verifyAudit(log).problems).not.toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it("finds a cut at every length", async () => {
    const whole = await writeLog(2);
    for (let length = 0; length < whole.length; length += 1) {
      truncateSync(log, length);
      expect(verifyAudit(log).problems, `cut to ${length} bytes`).not.toEqual([]);
      writeFileSync(log, whole);
    }
  });

  it("finds removed bytes and lines wherever they were", async () => {
    const whole = await writeLog(4);
    const lines = whole.toString().split("\n").slice(0, -1);
    for (let gone = 0; gone < lines.length; gone += 1) {
      writeFileSync(log, `${lines.filter((_, i) => i !== gone).join("\n")}\n`);
      expect(verifyAudit(log).problems, `line ${gone + 1} removed`).not.toEqual([]);
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 900 }), (from, length) => {
        writeFileSync(log, Buffer.concat([whole.subarray(0, from), whole.subarray(from + length)]));
        expect(verifyAudit(log).problems).not.toEqual([]);
      }),
    );
  });

  it("finds lines that were exchanged, doubled or added", async () => {
    const lines = (await writeLog(3)).toString().split("\n").slice(0, -1);
    for (const order of [
      [1, 0, 2],
      [0, 0, 1, 2],
      [0, 1, 2, 2],
      [0, 1, 2, 1],
    ]) {
      writeFileSync(log, order.map((i) => `${lines[i]}\n`).join(""));
      expect(verifyAudit(log).problems, order.join()).not.toEqual([]);
    }
  });

  it("finds a lost head, and refuses to append to a log whose end was cut", async () => {
    const whole = await writeLog(2);
    truncateSync(log, whole.indexOf("\n") + 1);
    await expect(appendAudit(log, entry)).rejects.toThrow(/the end was cut or changed; run `firebreak audit verify`/);
    writeFileSync(log, whole);
    rmSync(`${log}.head`);
    expect(verifyAudit(log).problems[0]?.message).toMatch(/audit\.jsonl\.head is missing/);
    await expect(appendAudit(log, entry)).rejects.toThrow(InputError);
  });

  it("reports a line that a crash left half written, goes on behind it, and guards it from then on", async () => {
    const whole = await writeLog(1);
    const fragment = whole.subarray(0, 40);
    for (const torn of [fragment, Buffer.concat([fragment, Buffer.from("\n")])]) {
      writeFileSync(log, Buffer.concat([whole, torn]));
      writeFileSync(`${log}.head`, `${JSON.stringify({ seq: 1, hash: JSON.parse(whole.toString()).hash })}\n`);
      expect(verifyAudit(log)).toMatchObject({ records: 1, problems: [], torn: [{ line: 2 }] });
      await appendAudit(log, entry);
      expect(verifyAudit(log)).toMatchObject({ records: 2, problems: [], torn: [{ line: 2 }] });
      const text = readFileSync(log);
      text.writeUInt8(text.readUInt8(whole.length + 5) ^ 1, whole.length + 5);
      writeFileSync(log, text);
      expect(verifyAudit(log).problems).not.toEqual([]);
    }
  });

  it("accepts a record that a crash left ahead of its head", async () => {
    await writeLog(1);
    const head = readFileSync(`${log}.head`);
    await appendAudit(log, entry);
    writeFileSync(`${log}.head`, head);
    expect(verifyAudit(log).problems).toEqual([]);
    expect((await appendAudit(log, entry)).seq).toBe(3);
    expect(verifyAudit(log)).toEqual({ records: 3, problems: [], torn: [] });
  });

  it("keeps every line when processes append at once, and breaks the lock of a dead one", async () => {
    const script = join(folder, "append.mts");
    const module = join(import.meta.dirname, "../../../stores/audit/file.ts");
    writeFileSync(
      script,
      `import { appendAudit } from ${JSON.stringify(module)};
       await Promise.all(Array.from({ length: 8 }, (_, i) => appendAudit(${JSON.stringify(log)}, { ...${JSON.stringify(entry)}, name: process.argv[2] + i })));`,
    );
    const dead = execFile(process.execPath, ["-e", ""]);
    await new Promise((resolve) => dead.on("exit", resolve));
    appendFileSync(`${log}.lock`, `${dead.pid}@${(await import("node:os")).hostname()}`);
    const run = promisify(execFile);
    const root = join(import.meta.dirname, "../../..");
    await Promise.all(
      ["a", "b", "c"].map((who) => run(process.execPath, ["--import", "tsx", script, who], { cwd: root })),
    );
    expect(verifyAudit(log)).toEqual({ records: 24, problems: [], torn: [] });
    expect(new Set(readAudit(log).map((r) => r.name)).size).toBe(24);
  });

  it("names a log that is not there", () => {
    expect(() => verifyAudit(log)).toThrow(/no such audit log; check `stores.audit`/);
    expect(() => readAudit(log)).toThrow(InputError);
  });
});
