import { FieldError, readAddress } from "./fields.js";
import type { Database } from "./parquet.js";
import type { RecordSql } from "./recordSql.js";

/** Flows that were read by SQL: what a record of bytes tells of the columns of `flows`, and of records that hold none why (`skip`) or what they are. */
const columns = `start UINTEGER, "end" UINTEGER, client VARCHAR, server VARCHAR, client_port USMALLINT,
  server_port USMALLINT, protocol UTINYINT, connections UTINYINT, bytes DOUBLE, observer VARCHAR, outcome VARCHAR,
  undecided BOOLEAN, skip VARCHAR, line VARCHAR, number UBIGINT, taken BOOLEAN NOT NULL`;

/** Rows that are held at once of what is left. */
const page = 10_000;

/** What became of the records that were read by SQL. */
export interface ReadBySql {
  readonly flows: number;
  /** Reason to count. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Records that are left to JavaScript. */
  readonly left: number;
}

/** The tables `read` and `names` of a stage: records that are read by SQL. */
export interface StageReading {
  /**
   * Takes by SQL what it is sure of. Once a stage, unless it is undone.
   * @param records SQL of a relation with the columns of `recordColumns`
   * @param namesNeeded whether there may be addresses that are not plain IPv4
   * @throws Error from DuckDB; the stage is then as it was before
   */
  readonly read: (records: string, sql: RecordSql, namesNeeded: boolean) => Promise<ReadBySql>;
  /** Texts of what `read` left, each once, at most `limit` of them. */
  readonly leftTexts: (limit: number) => Promise<string[]>;
  /** What `read` left, in order of its number. */
  readonly leftRows: () => AsyncGenerator<{ readonly number: number; readonly line: string }, void, undefined>;
  /** Undoes `read`. */
  readonly undoRead: () => Promise<void>;
}

/** Makes the tables. Those rows of `read` that are `taken` are flows. */
export async function openReading(database: Database): Promise<StageReading> {
  await database.run(`CREATE TABLE read (${columns}); CREATE TABLE names (text VARCHAR, name VARCHAR)`);
  const undoRead = () => database.run("DELETE FROM read; DELETE FROM names");
  return {
    read: async (records, sql, namesNeeded) => {
      try {
        if (namesNeeded) await findNames(database, records, sql);
        await database.run(`INSERT INTO read
          SELECT * REPLACE (CASE WHEN taken OR skip IS NOT NULL THEN NULL ELSE line END AS line)
          FROM (${sql.select(records, namesNeeded)})`);
        return await countRead(database);
      } catch (error) {
        await undoRead();
        throw error;
      }
    },
    leftTexts: async (limit) => {
      const found = await database.rows(`SELECT DISTINCT line FROM read WHERE line IS NOT NULL LIMIT ${limit}`);
      return found.map((row) => String(row.line));
    },
    leftRows: () => leftRows(database),
    undoRead,
  };
}

/** Names the addresses that have several spellings by the one function that says what an address is. */
async function findNames(database: Database, records: string, { addresses }: RecordSql): Promise<void> {
  const found = await database.rows(`SELECT DISTINCT text FROM (
    SELECT unnest([${addresses.join(", ")}]) AS text FROM (${records}) records) WHERE contains(text, ':')`);
  const names = await database.appender("names");
  for (const { text } of found) {
    try {
      names.append([String(text), readAddress("address", String(text))]);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
    }
  }
  names.close();
}

async function countRead(database: Database): Promise<ReadBySql> {
  const counts = await database.rows("SELECT taken, skip, count(*)::DOUBLE AS count FROM read GROUP BY taken, skip");
  const sum = (rows: typeof counts) => rows.reduce((all, row) => all + Number(row.count), 0);
  return {
    flows: sum(counts.filter((row) => row.taken)),
    skipped: Object.fromEntries(
      counts.filter((row) => row.skip !== null).map((row) => [String(row.skip), Number(row.count)]),
    ),
    left: sum(counts.filter((row) => !row.taken && row.skip === null)),
  };
}

async function* leftRows(database: Database) {
  for (let after = 0; ; ) {
    const rows = await database.rows(
      `SELECT number::DOUBLE AS number, line FROM read WHERE line IS NOT NULL AND number > ${after} ORDER BY number LIMIT ${page}`,
    );
    for (const row of rows) yield { number: Number(row.number), line: String(row.line) };
    const last = rows.at(-1);
    if (last === undefined) return;
    after = Number(last.number);
  }
}
