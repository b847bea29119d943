/**
 * How a format reads its records by SQL, for speed. The SQL takes only what it is sure of and reads it just as `parse`
 * does; the rest is left to `parse`, which alone says what is valid.
 */
export interface RecordSql {
  /** Expressions of a record's addresses, over the list `f` of its fields. */
  readonly addresses: readonly string[];
  /**
   * @param records SQL of a relation with the columns of `recordColumns`
   * @returns SQL that gives the columns of a staged flow, then `skip` (why it holds none, else NULL), `line`, `number`
   *   and `taken`
   * @param names whether to look up addresses that are not plain IPv4 in the table `names` (`text`, `name`)
   */
  readonly select: (records: string, names: boolean) => string;
}

/**
 * Columns of a relation of records: the fields as text (NULL where they cannot be told apart surely), why it holds no
 * flow where that is known before, and its text and number where `parse` may need them.
 */
export const recordColumns = "f VARCHAR[], known_skip VARCHAR, line VARCHAR, number UBIGINT";

/** Text as a number of an unsigned integer type, where it is written as that number is; else NULL. */
export const exactNumber = (text: string, type: string): string =>
  `CASE WHEN CAST(TRY_CAST(${text} AS ${type}) AS VARCHAR) = ${text} THEN TRY_CAST(${text} AS ${type}) END`;

const octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

/** An address by its one name: an IPv4 address is its own, another is looked up; NULL where it is none. */
export const namedAddress = (text: string, found: string): string =>
  `CASE WHEN regexp_full_match(${text}, '(${octet}\\.){3}${octet}') THEN ${text} ELSE ${found} END`;
