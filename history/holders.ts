import type { Database } from "./parquet.js";

/** Who had an address for a time: pods come and go, and their addresses are given to others. */
export interface AddressHolder {
  /** As the traffic writes it. */
  readonly address: string;
  /** Unix seconds, inclusive and exclusive; of one address no two times overlap. */
  readonly from: number;
  readonly to: number;
  /** The name that takes the address's place: an instance or a service. */
  readonly holder: string;
}

/**
 * Makes a view of `rows` in which an address is replaced by who held it in the middle of the row's time.
 * @returns the view's name; `rows` where there are no holders
 */
export async function nameAddresses(
  database: Database,
  rows: string,
  holders: readonly AddressHolder[],
): Promise<string> {
  if (holders.length === 0) return rows;
  await database.run(
    `CREATE TABLE ${rows}_holders (address VARCHAR NOT NULL, "from" DOUBLE NOT NULL, "to" DOUBLE NOT NULL, holder VARCHAR NOT NULL)`,
  );
  const appender = await database.appender(`${rows}_holders`);
  for (const { address, from, to, holder } of holders) appender.append([address, from, to, holder]);
  appender.close();
  await database.run(
    `CREATE VIEW named_${rows} AS
     SELECT f.* REPLACE (coalesce(c.holder, f.client) AS client, coalesce(s.holder, f.server) AS server)
     FROM (SELECT *, (start::DOUBLE + "end"::DOUBLE) / 2 AS middle FROM ${rows}) f
     LEFT JOIN ${rows}_holders c ON c.address = f.client AND f.middle >= c."from" AND f.middle < c."to"
     LEFT JOIN ${rows}_holders s ON s.address = f.server AND f.middle >= s."from" AND f.middle < s."to"`,
  );
  return `named_${rows}`;
}
