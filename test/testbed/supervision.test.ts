import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { supervise } from "./supervision.js";
import type { Component } from "./supervisor.js";

describe("the supervisor", () => {
  let outside: string;
  let folder: string;
  let journal: string;
  beforeEach(() => {
    outside = mkdtempSync(join(tmpdir(), "firebreak-supervision-"));
    folder = join(outside, "run");
    journal = join(outside, "journal");
    mkdirSync(folder);
  });
  afterEach(() => rmSync(outside, { recursive: true, force: true }));

  /** Writes "name up" when it runs and "name down" when it is asked to stop. */
  function component(name: string): Component {
    const script = `const { appendFileSync } = require("node:fs");
      const tell = (word) => appendFileSync(process.argv[1], process.argv[2] + " " + word + "\\n");
      process.on("SIGTERM", () => { tell("down"); process.exit(0); });
      setInterval(() => {}, 1000);
      tell("up");`;
    return { name, command: process.execPath, args: ["-e", script, journal, name] };
  }
  const lines = () => (existsSync(journal) ? readFileSync(journal, "utf8").trim().split("\n") : []);
  const patience = { timeout: 20_000, interval: 50 };

  it("stops components in reverse order and removes the folder", async () => {
    const supervision = supervise(folder);
    for (const name of ["etcd", "server", "client"]) {
      supervision.start(component(name));
      await vi.waitFor(() => expect(lines()).toContain(`${name} up`), patience);
    }
    await supervision.stop();
    expect(lines().slice(3)).toEqual(["client down", "server down", "etcd down"]);
    expect(existsSync(folder)).toBe(false);
  });

  it("does the same when the process that holds it is killed", async () => {
    const script = `import { supervise } from ${JSON.stringify(new URL("./supervision.ts", import.meta.url).href)};
      const supervision = supervise(process.argv[1]);
      for (const component of JSON.parse(process.argv[2])) supervision.start(component);`;
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
    const components = JSON.stringify([component("etcd"), component("server")]);
    const args = ["--import", tsx, "--input-type=module", "-e", script, folder, components];
    const holder = spawn(process.execPath, args, {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      stdio: "ignore",
    });
    await vi.waitFor(() => expect([...lines()].sort()).toEqual(["etcd up", "server up"]), patience);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    await vi.waitFor(() => expect(existsSync(folder)).toBe(false), patience);
    expect(lines().slice(2)).toEqual(["server down", "etcd down"]);
  });

  it("tells which component ended, and the end of its log, to whoever waits for it", async () => {
    const supervision = supervise(folder);
    const args = ["-e", "console.error('port is taken'); process.exit(3)"];
    supervision.start({ name: "server", command: process.execPath, args });
    const waiting = supervision.until("the server answers", () => Promise.reject(new Error("no answer")));
    await expect(waiting).rejects.toThrow(
      /^the server answers: not reached\nserver ended with 3\n(.*\n)*.*port is taken/,
    );
    await supervision.stop();
  });
});
