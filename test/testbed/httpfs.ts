import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { duckdbVersion } from "../../history/parquet.js";
import { cached, isOff } from "./cache.js";
import { outputOf } from "./command.js";
import { logToStderr, timed } from "./log.js";
import { userCache } from "./moto.js";

/**
 * Finds DuckDB's signed httpfs extension, or gets it from PyPI: once, into the user's cache.
 * @returns the folder of extensions, or why there is none. Never throws
 */
export async function findHttpfs(): Promise<{ extensions: string } | { missing: string }> {
  if (isOff()) return { missing: "switched off by FIREBREAK_TESTBED=off: unset it" };
  const version = await duckdbVersion();
  const part = `duckdb-httpfs-${version}`;
  try {
    const folder = await cached(
      userCache(),
      part,
      (draft) => timed(part, logToStderr, () => download(draft, version)),
      logToStderr,
    );
    return { extensions: join(folder, "duckdb_extension_httpfs/extensions") };
  } catch (error) {
    return { missing: `${part} cannot be had from PyPI: ${(error as Error).message}` };
  }
}

async function download(folder: string, version: string): Promise<void> {
  const wheel = `duckdb-extension-httpfs==${version.slice(1)}`;
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder, wheel];
  await outputOf("python3", pip, { timeout: 600_000 });
  for (const name of await readdir(folder)) {
    await outputOf("python3", ["-m", "zipfile", "-e", join(folder, name), folder]);
    await rm(join(folder, name));
  }
  const file = join(folder, "duckdb_extension_httpfs/extensions", version, "httpfs.duckdb_extension");
  if (!existsSync(file)) throw new Error(`the wheel ${wheel} holds no ${file}`);
}
