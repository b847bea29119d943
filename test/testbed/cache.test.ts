import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cached, cacheFolder } from "./cache.js";

const silent = () => {};

/** A process id that was alive a moment ago and is no longer. */
function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

describe("the cache of parts", () => {
  let cache: string;
  let made: number;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "firebreak-cache-"));
    made = 0;
  });
  afterEach(() => rmSync(cache, { recursive: true, force: true }));

  async function make(draft: string): Promise<void> {
    made++;
    mkdirSync(join(draft, "bin"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    writeFileSync(join(draft, "bin", "part"), "whole");
  }
  const partFile = () => readFileSync(join(cache, "part", "bin", "part"), "utf8");

  it("makes a part once and finds it after that", async () => {
    expect(await cached(cache, "part", make, silent)).toBe(join(cache, "part"));
    expect(await cached(cache, "part", make, silent)).toBe(join(cache, "part"));
    expect(made).toBe(1);
    expect(partFile()).toBe("whole");
    expect(readdirSync(cache)).toEqual(["part"]);
  });

  it("makes it once for two who ask at the same time", async () => {
    await Promise.all([cached(cache, "part", make, silent), cached(cache, "part", make, silent)]);
    expect(made).toBe(1);
    expect(readdirSync(cache)).toEqual(["part"]);
  });

  it("keeps nothing of a build that failed, and tries again", async () => {
    const fails = async (draft: string) => {
      writeFileSync(join(draft, "half"), "");
      throw new Error("no compiler");
    };
    await expect(cached(cache, "part", fails, silent)).rejects.toThrow("no compiler");
    expect(readdirSync(cache)).toEqual([]);
    await cached(cache, "part", make, silent);
    expect(partFile()).toBe("whole");
  });

  it("takes over from a build that was killed, and removes its draft but nobody else's", async () => {
    const pid = deadPid();
    writeFileSync(join(cache, "part.lock"), JSON.stringify({ pid, host: hostname() }));
    mkdirSync(join(cache, `part.${pid}.draft`));
    mkdirSync(join(cache, `other.${pid}.draft`));
    await cached(cache, "part", make, silent);
    expect(partFile()).toBe("whole");
    expect(readdirSync(cache).sort()).toEqual([`other.${pid}.draft`, "part"]);
  });

  it("lets the first of two whole builds stand", async () => {
    const overtaken = async (draft: string) => {
      await make(draft);
      mkdirSync(join(cache, "part", "bin"), { recursive: true });
      writeFileSync(join(cache, "part", "bin", "part"), "the other's");
    };
    await cached(cache, "part", overtaken, silent);
    expect(partFile()).toBe("the other's");
    expect(existsSync(join(cache, `part.${process.pid}.draft`))).toBe(false);
  });
});

describe("the cache's folder", () => {
  it.each([
    ["$FIREBREAK_TESTBED", { FIREBREAK_TESTBED: "/a", XDG_CACHE_HOME: "/b" }, /^\/a\/[0-9a-f]{12}$/],
    ["the user's cache folder", { XDG_CACHE_HOME: "/b" }, /^\/b\/firebreak\/testbed\/[0-9a-f]{12}$/],
    ["the user's, where the testbed is off", { FIREBREAK_TESTBED: "off", XDG_CACHE_HOME: "/b" }, /^\/b\/firebreak/],
    ["~/.cache", {}, /\/\.cache\/firebreak\/testbed\/[0-9a-f]{12}$/],
  ])("is in %s", (_, env, expected) => {
    expect(cacheFolder(env)).toMatch(expected);
  });
});
