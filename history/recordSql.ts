/**
 * How a format reads its records by SQL, for speed. The SQL takes only what it is sure of and reads it just as `parse`
 * does; the rest is left to `parse`, which alone says what is valid.
 */
export interface RecordSql {
  /** Expressions of a record's addresses, over the list `f` of its fields. */
  readonly addresses: readonly string[];
  /**
   * @param records SQL of a relation with the columns of `recordColumns`
   * @returns SQL that gives the columns of a staged flow but `requests`, `failed` and `sampling`, of which a record of
   *   bytes says nothing; then `skip` (why it holds none, else NULL), `line`, `number` and `taken`
   * @param names whether to look up addresses that are not plain IPv4 in the table `names` (`text`, `name`)
   */
  readonly select: (records: string, names: boolean) => string;
}

/**
 * Columns of a relation of records: the fields as text (NULL where they cannot be told apart surely), why it holds no
 * flow where that is known before, and its text and number where `parse` may need them.
 */
export const recordColumns = "f VARCHAR[], known_skip VARCHAR, line VARCHAR, number UBIGINT";

/** Regular expressions (RE2) of a number as it is written, of an IPv4 address, and of any one field of plain ASCII. */
export const numberPattern = "(0|[1-9][0-9]*)";
const octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
export const ipv4Pattern = `(${octet}\\.){3}${octet}`;
export const fieldPattern = "[!-~]+";

/**
 * Text as a number of an unsigned integer type, where it is written as that number is; else NULL.
 * @param plain SQL that is true where the text is known to match `numberPattern`, or to be no number of any spelling
 */
export const exactNumber = (text: string, type: string, plain: string): string =>
  `CASE WHEN ${plain} OR CAST(TRY_CAST(${text} AS ${type}) AS VARCHAR) = ${text} THEN TRY_CAST(${text} AS ${type}) END`;

/**
 * An address by its one name: an IPv4 address is its own, another is looked up; NULL where it is none.
 * @param plain SQL that is true where the text is known to match `ipv4Pattern`
 */
export const namedAddress = (text: string, found: string, plain: string): string =>
  `CASE WHEN ${plain} OR regexp_full_match(${text}, '${ipv4Pattern}') THEN ${text} ELSE ${found} END`;
