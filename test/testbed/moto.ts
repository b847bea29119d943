import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, it } from "vitest";
import { cached, isOff } from "./cache.js";
import { outputOf, runCommand } from "./command.js";
import { logToStderr, timed } from "./log.js";
import { freePorts } from "./ports.js";
import { supervise } from "./supervision.js";

/** The stand-in for AWS: https://docs.getmoto.org, from PyPI. */
const motoVersion = "5.2.5";
const oldestPython = { major: 3, minor: 10 };
const server = join(dirname(fileURLToPath(import.meta.url)), "motoServer.py");

/** A moto server: the APIs of AWS on loopback, in memory, without an account. */
export interface Moto {
  /** For example `http://127.0.0.1:40123`; any credentials and any region will do. S3 is asked by path. */
  readonly endpoint: string;
  /** Forgets everything that was made in it. */
  readonly reset: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Where what is made once for all runs is kept, beside the testbed's parts: moto's virtual environment, for one. */
export function userCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "firebreak");
}

/**
 * Finds moto's virtual environment, or makes it: once, in the user's cache, whoever else asks for it at the same time.
 * @returns the Python that has moto, or why there is none, with the remedy. Never throws
 */
export async function findMoto(
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ python: string } | { missing: string }> {
  if (isOff(env)) return { missing: "switched off by FIREBREAK_TESTBED=off: unset it" };
  const part = `moto-${motoVersion}`;
  try {
    const folder = await cached(
      userCache(env),
      part,
      (draft) => timed(part, logToStderr, () => install(draft)),
      logToStderr,
    );
    return { python: join(folder, "bin/python") };
  } catch (error) {
    return { missing: `${part} cannot be installed: ${(error as Error).message}` };
  }
}

/** Its scripts name the draft's folder and are not used; `python -m` finds all it needs beside itself. */
async function install(folder: string): Promise<void> {
  const { code, stdout, stderr } = await runCommand("python3", ["-c", "import sys; print(*sys.version_info[:2])"]);
  const [major = 0, minor = 0] = stdout.trim().split(" ").map(Number);
  const wanted = `install Python ${oldestPython.major}.${oldestPython.minor} or newer with venv and pip`;
  if (code !== 0) throw new Error(`python3 does not run (${stderr.trim()}); ${wanted}`);
  if (major !== oldestPython.major || minor < oldestPython.minor) {
    throw new Error(`python3 is ${major}.${minor}; ${wanted}`);
  }
  await outputOf("python3", ["-m", "venv", folder]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `moto[server]==${motoVersion}`];
  await outputOf(join(folder, "bin/python"), pip, { timeout: 600_000 });
}

/**
 * Starts a moto server that ends with `stop` or with this process, however it ends.
 * @param python of `findMoto`
 */
export async function startMoto(python: string, attempts = 3): Promise<Moto> {
  const [port = 0] = await freePorts(1);
  const folder = join(tmpdir(), `firebreak-moto-${randomBytes(6).toString("hex")}`);
  mkdirSync(folder, { mode: 0o700 });
  const supervisor = supervise(folder);
  const endpoint = `http://127.0.0.1:${port}`;
  const post = async (path: string) => {
    const answer = await fetch(endpoint + path, { method: "POST" });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  };
  const reset = () => post("/moto-api/reset");
  try {
    // Its list of machine images takes seconds to load, and any name does for one.
    const settings = ["MOTO_EC2_LOAD_DEFAULT_AMIS=false"];
    const args = [...settings, python, server, "-H", "127.0.0.1", "-p", `${port}`];
    supervisor.start({ name: "moto", command: "env", args });
    await supervisor.until("moto answers", reset);
    return { endpoint, reset, stop: () => supervisor.stop() };
  } catch (error) {
    await supervisor.stop();
    // Another process may have taken the port between our finding it free and moto's binding it.
    if (attempts > 1 && /Address already in use/i.test((error as Error).message))
      return startMoto(python, attempts - 1);
    throw error;
  }
}

/**
 * A suite that needs AWS: `suite` gets the moto server that runs while its tests do. Where there is no moto it is
 * skipped aloud, with the reason; with CI=true it fails.
 */
export async function describeWithMoto(title: string, suite: (moto: () => Moto) => void): Promise<void> {
  const found = await findMoto();
  if ("python" in found) {
    describe(title, () => {
      let moto: Moto | undefined;
      beforeAll(async () => {
        moto = await startMoto(found.python);
      });
      afterAll(() => moto?.stop());
      suite(() => {
        if (moto === undefined) throw new Error("moto runs while tests do: ask for it in a test or a hook");
        return moto;
      });
    });
  } else if (process.env.CI === "true") {
    describe(title, () => {
      it("has moto", () => {
        throw new Error(`CI=true asks for every part, but: moto: ${found.missing}`);
      });
    });
  } else {
    console.warn(`skipped: ${title}: no moto: ${found.missing}`);
    describe.skip(`${title} (skipped: no moto)`, () => suite(() => ({ endpoint: "", reset: noMoto, stop: noMoto })));
  }
}

const noMoto = () => Promise.reject(new Error("there is no moto"));
