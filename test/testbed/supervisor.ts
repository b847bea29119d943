/**
 * A process that starts the control plane's components and outlives whoever asked for them just long enough to stop
 * them: its stdin is a pipe that the system closes when the asker ends, however it ends, `kill -9` included.
 *
 * Arguments: the cluster's folder, which it removes at the end. Stdin: one JSON `Component` a line, started on reading.
 * Stdout: one line for each component that ended by itself. Stopping is in reverse order: an API server whose etcd went
 * first hangs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Component {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const folder = process.argv[2];
if (folder === undefined) throw new Error("usage: supervisor FOLDER");
const logs = join(folder, "log");
mkdirSync(logs, { recursive: true });

const children: ChildProcess[] = [];
const patience = 10_000;
let stopping = false;

function start({ name, command, args }: Component): void {
  const log = openSync(join(logs, `${name}.log`), "a");
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", log, log] });
  child.on("error", (error) => process.stdout.write(`${name} did not start: ${error.message}\n`));
  child.on("exit", (code, signal) => {
    if (!stopping) process.stdout.write(`${name} ended with ${code ?? signal}\n`);
  });
  children.push(child);
}

function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const late = setTimeout(() => child.kill("SIGKILL"), patience);
    child.once("exit", () => {
      clearTimeout(late);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

async function stopAll(): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const child of children.reverse()) await stop(child);
  rmSync(folder ?? "", { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

process.stdout.on("error", () => {}); // the asker is gone: what matters is to stop the rest
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stopAll());
createInterface({ input: process.stdin })
  .on("line", (line) => start(JSON.parse(line) as Component))
  .on("close", () => void stopAll());
