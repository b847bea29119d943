import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { preProcessFile } from "typescript";
import { describe, expect, it } from "vitest";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** The pipeline: a folder may import from its own and from earlier ones; folders of one row do not know each other. */
const pipeline = [
  ["input"],
  ["stores"],
  ["history"],
  ["graph"],
  ["simulator"],
  ["planner"],
  ["provider", "policies"],
  ["cli"],
];
const packEntry = /^policies\/[a-z]+\/index\.js$/;
const rank = new Map(pipeline.flatMap((row, i) => row.map((folder) => [folder, i] as const)));

const files = [...rank.keys()].flatMap(filesOf);

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|js)$/.test(name) && !name.includes("node_modules"))
    .map((name) => posix.join(folder, name));
}

function importsOf(file: string): { specifier: string; folder: string | null }[] {
  const { importedFiles } = preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
  return importedFiles.map(({ fileName }) => ({
    specifier: fileName,
    // A policy pack ships as JavaScript and loads what was compiled: the same folder, below dist.
    folder: fileName.startsWith(".")
      ? (relative(root, resolve(root, dirname(file), fileName))
          .replace(/^dist\//, "")
          .split("/")[0] ?? null)
      : null,
  }));
}

describe("imports go one way", () => {
  it("finds the files of every folder of the pipeline", () => {
    for (const folder of rank.keys()) expect(files.some((f) => f.startsWith(`${folder}/`))).toBe(true);
  });

  it.each(files)("%s imports from its own folder and earlier ones only", (file) => {
    const own = file.split("/")[0] ?? "";
    const backward = importsOf(file).filter(({ folder }) => {
      if (folder === null || folder === own) return false;
      const other = rank.get(folder);
      // The entry of a policy pack wires what stands in its row, as the command line does for all.
      const most = (rank.get(own) ?? 0) - (packEntry.test(file) ? 0 : 1);
      return other === undefined || other > most;
    });
    expect(backward).toEqual([]);
  });

  it.each(filesOf("bench"))(
    "%s measures the history, the graph and the simulator, and knows nothing above them",
    (file) => {
      const known = ["bench", "history", "graph", "simulator"];
      const outside = importsOf(file).filter(({ folder }) => folder && !known.includes(folder));
      expect(outside).toEqual([]);
    },
  );

  it("lets nothing that is shipped or shown know the benchmark", () => {
    const users = ["index.ts", ...files, ...filesOf("examples")].filter((file) =>
      importsOf(file).some(({ folder }) => folder === "bench"),
    );
    expect(users).toEqual([]);
  });

  const impure = /^(node:)?(fs|fs\/promises|net|http|https|dns|os|process|child_process|worker_threads|timers.*)$/;
  const allowed = new Map([
    ["simulator/pool.ts", /^(node:os|workerpool)$/],
    ["simulator/worker.ts", /^(node:worker_threads|workerpool)$/],
  ]);
  const pure = files.filter((f) => /^(graph|simulator|planner)\//.test(f));

  it.each(pure)("%s knows no clock, disk, network, environment, threads or Pulumi", (file) => {
    const outside = importsOf(file)
      .map(({ specifier }) => specifier)
      .filter((s) => impure.test(s) || s === "workerpool" || s.startsWith("@pulumi/") || s.startsWith("@duckdb/"))
      .filter((s) => !allowed.get(file)?.test(s));
    expect(outside).toEqual([]);
    const source = readFileSync(join(root, file), "utf8");
    expect(source).not.toMatch(/\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(/);
    if (!allowed.has(file)) expect(source).not.toMatch(/\bprocess\.(env|argv|cwd)/);
  });

  it("lets only history/parquet.ts know DuckDB", () => {
    const users = files.filter((f) => importsOf(f).some(({ specifier }) => specifier.startsWith("@duckdb/")));
    expect(users).toEqual(["history/parquet.ts"]);
  });
});
