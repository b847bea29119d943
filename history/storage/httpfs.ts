import { statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../input/problems.js";
import { type Database, quoted } from "../parquet.js";

/**
 * Loads DuckDB's httpfs extension, which reads `s3://`: from `extensions`, else the installed one, else it is installed
 * from extensions.duckdb.org. DuckDB checks its signature.
 * @param extensions its file, or a folder that holds it, as it is or by version and platform as in DuckDB's own
 * @throws InputError where there is none, with the ways to get it
 */
export async function loadHttpfs(database: Database, place: string, extensions: string | undefined): Promise<void> {
  const [row] = await database.rows("SELECT version() AS version, platform FROM pragma_platform()");
  const version = String(row?.version);
  const platform = String(row?.platform);
  try {
    if (extensions !== undefined) {
      await database.run(`LOAD ${quoted(fileIn(extensions, version, platform))}`);
      return;
    }
    try {
      await database.run("LOAD httpfs");
    } catch {
      await database.run("INSTALL httpfs");
      await database.run("LOAD httpfs");
    }
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    const message =
      `needs DuckDB's extension httpfs ${version} for ${platform}, which cannot be loaded (${reason}); let this machine reach ` +
      `extensions.duckdb.org, or get http://extensions.duckdb.org/${version}/${platform}/httpfs.duckdb_extension.gz or PyPI's ` +
      `duckdb-extension-httpfs ${version.slice(1)} elsewhere, unpack it, and name file or folder in FIREBREAK_DUCKDB_EXTENSIONS`;
    throw new InputError(place, [{ place: "history", message }]);
  }
}

function fileIn(extensions: string, version: string, platform: string): string {
  const name = "httpfs.duckdb_extension";
  const candidates = [join(version, platform), version, "."].map((folder) => join(extensions, folder, name));
  return candidates.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile()) ?? extensions;
}
