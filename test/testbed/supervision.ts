import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { logToStderr } from "./log.js";
import type { Component } from "./supervisor.js";

/** The hold on a supervisor: it stops its components when `stop` is called or this process ends, however it ends. */
export interface Supervision {
  /** Starts a component; components are stopped in reverse order. */
  readonly start: (component: Component) => void;
  /** Repeats `attempt` until it no longer throws; gives up when a component ends or after a minute. */
  readonly until: (what: string, attempt: () => Promise<unknown>) => Promise<void>;
  /** Stops every component, and removes the folder. */
  readonly stop: () => Promise<void>;
}

/** Starts a supervisor for components that run in `folder`, log into `folder/log`, and end with it. */
export function supervise(folder: string): Supervision {
  const child = spawnSupervisor(folder);
  const events: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      events.push(text.trim());
      logToStderr(text.trim()); // also in the middle of a run, where nobody waits for it
    });
  }
  child.stdin.on("error", () => {}); // told by `until`, as an event or a deadline
  const ended = once(child, "exit");
  const started: string[] = [];
  return {
    start: (component) => {
      started.push(component.name);
      child.stdin.write(`${JSON.stringify(component)}\n`);
    },
    until: async (what, attempt) => {
      for (const deadline = Date.now() + 60_000; ; ) {
        try {
          await attempt();
          return;
        } catch (error) {
          if (Date.now() < deadline && events.length === 0) await sleep(200);
          else {
            const told = [...events, (error as Error).message, ...started.map((name) => endOfLog(folder, name))];
            throw new Error(`${what}: not reached\n${told.join("\n")}`);
          }
        }
      }
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** In a session of its own, so that Ctrl-C at the terminal reaches only the tests and the order of stopping is kept. */
function spawnSupervisor(folder: string): ChildProcessWithoutNullStreams {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const script = join(dirname(fileURLToPath(import.meta.url)), "supervisor.ts");
  return spawn(process.execPath, ["--import", tsx, script, folder], { detached: true, stdio: "pipe" });
}

function endOfLog(folder: string, name: string): string {
  try {
    const lines = readFileSync(join(folder, "log", `${name}.log`), "utf8")
      .trim()
      .split("\n")
      .slice(-8);
    return `--- ${name}\n${lines.join("\n")}`;
  } catch {
    return `--- ${name}: no log`;
  }
}
