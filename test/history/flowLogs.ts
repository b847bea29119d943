import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll } from "vitest";

/** 2022-08-20T00:00:00Z, the time that test records are relative to. */
export const midnight = 1_660_953_600;

export const defaultHeader =
  "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

const usual: Readonly<Record<string, string | number>> = {
  version: 2,
  "account-id": "123456789012",
  "interface-id": "eni-0a",
  srcaddr: "10.0.0.1",
  dstaddr: "10.0.0.2",
  srcport: 40_000,
  dstport: 443,
  protocol: 6,
  packets: 10,
  bytes: 1000,
  start: midnight,
  end: midnight + 60,
  action: "ACCEPT",
  "log-status": "OK",
};

/** A record of the fields in `header`, usual but for `values`; fields without either are `-`. */
export function record(values: Readonly<Record<string, string | number>> = {}, header = defaultHeader): string {
  return header
    .split(" ")
    .map((field) => values[field] ?? usual[field] ?? "-")
    .join(" ");
}

/** A new folder for the tests of one file, removed after them. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-history-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let files = 0;

/** Writes a new file of lines, or of bytes, into `folder`. */
export function writeLog(
  folder: string,
  content: readonly string[] | Uint8Array,
  name = `flows-${files++}.log`,
): string {
  const path = join(folder, name);
  writeFileSync(path, content instanceof Uint8Array ? content : content.map((line) => `${line}\n`).join(""));
  return path;
}

/** Every file under a folder with its content, to see that nothing changed. */
export function contentOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(folder, path), readFileSync(path).toString("base64")]),
  );
}
