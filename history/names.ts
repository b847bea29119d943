import { type Database, quoted } from "./parquet.js";

/** Of more different names than this, a dictionary of them all in each row group would weigh more than it saves. */
const mostNames = 16_384;

/** Columns of the flows that share a dictionary. */
const sharing = { place: ["client", "server"], seer: ["observer"], result: ["outcome"] } as const;

/** Makes a query of flows give its names as numbers of a dictionary, which sort as the names do. */
export type Encode = (query: string) => string;

/**
 * Makes dictionaries (types ENUM of DuckDB) of the names in the view `settled`, sorted: numbers are several times faster
 * to sort and to write than texts, and a Parquet file of them reads as one of texts. Columns of very many different names
 * stay as they are.
 * @param source the format that the flows were read by
 */
export async function encodeNames(database: Database, source: string): Promise<Encode> {
  await database.run(`CREATE TYPE name_source AS ENUM (${quoted(source)})`);
  const types = new Map([["source", "name_source"]]);
  for (const [kind, columns] of Object.entries(sharing)) {
    const all = columns.map((column) => `SELECT DISTINCT ${column} AS name FROM settled`).join(" UNION ");
    await database.run(`CREATE TEMP TABLE ${kind}_names AS SELECT name FROM (${all}) WHERE name IS NOT NULL`);
    const [found] = await database.rows(`SELECT count(*)::DOUBLE AS names FROM ${kind}_names`);
    const names = Number(found?.names);
    if (names === 0 || names > mostNames) continue;
    await database.run(`CREATE TYPE name_${kind} AS ENUM (SELECT name FROM ${kind}_names ORDER BY name)`);
    for (const column of columns) types.set(column, `name_${kind}`);
  }
  const casts = [...types].map(([column, type]) => `CAST(${column} AS ${type}) AS ${column}`);
  return (query) => `SELECT * REPLACE (${casts.join(", ")}) FROM (${query})`;
}
