import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Storage } from "../../../history/storage/storage.js";

/** What every storage must do. `open` gives the same storage each time, empty at first, by a connection of its own. */
export function itKeepsTheContract(open: () => Storage): void {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-storage-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const fileOf = (content: string | Buffer): string => {
    const path = join(folder, "file");
    writeFileSync(path, content);
    return path;
  };

  it("has nothing at first: no text, no size, no list, and nothing to remove", async () => {
    const storage = open();
    expect(await storage.read("a/b.json")).toBeUndefined();
    expect(await storage.size("a/b.json")).toBeUndefined();
    expect(await storage.list("")).toEqual([]);
    expect(await storage.list("a")).toEqual([]);
    await storage.remove("a/b.json");
  });

  it("stores a text once: of writers at once one is first, and its text stays", async () => {
    const texts = Array.from({ length: 8 }, (_, i) => `text ${i} é`);
    const first = await Promise.all(texts.map((text) => open().putIfAbsent("c/one.json", text)));
    expect(first.filter((f) => f)).toHaveLength(1);
    const stored = await open().read("c/one.json");
    expect(stored).toBe(texts[first.indexOf(true)]);
    expect(await open().putIfAbsent("c/one.json", "late")).toBe(false);
    expect(await open().read("c/one.json")).toBe(stored);
  });

  it("takes the very same text again for its own, as after an answer that was lost", async () => {
    expect(await open().putIfAbsent("c/two.json", "mine")).toBe(true);
    expect(await open().putIfAbsent("c/two.json", "mine")).toBe(true);
  });

  it("stores a file, which is gone from where it was, also over one of the same name", async () => {
    for (const content of ["first", "second one"]) {
      const file = fileOf(content);
      await open().put("day=2022-08-20/x-1.parquet", file);
      expect(existsSync(file)).toBe(false);
      expect(await open().read("day=2022-08-20/x-1.parquet")).toBe(content);
      expect(await open().size("day=2022-08-20/x-1.parquet")).toBe(content.length);
    }
  });

  it("lists what lies below a folder, sorted, with sizes and times, and not below one of a like name", async () => {
    await open().putIfAbsent("cc/three.json", "x");
    expect((await open().list("c")).map((o) => o.path)).toEqual(["c/one.json", "c/two.json"]);
    const all = await open().list("");
    const paths = ["c/one.json", "c/two.json", "cc/three.json", "day=2022-08-20/x-1.parquet"];
    expect(all.map((o) => o.path)).toEqual(paths);
    expect(all.map((o) => o.bytes)).toEqual([9, 4, 1, 10]);
    for (const { modified } of all) expect(Math.abs(modified - Date.now())).toBeLessThan(600_000);
  });

  it("removes what it is told, once or twice", async () => {
    for (let i = 0; i < 2; i++) await open().remove("c/two.json");
    expect(await open().read("c/two.json")).toBeUndefined();
    expect((await open().list("c")).map((o) => o.path)).toEqual(["c/one.json"]);
  });

  it("stores a large file whole", async () => {
    const content = Buffer.alloc(40 * 1024 * 1024, "0123456789abcdef\n");
    await open().put("large.bin", fileOf(content));
    expect(await open().size("large.bin")).toBe(content.length);
    expect((await open().read("large.bin")) === content.toString()).toBe(true);
  });
}
