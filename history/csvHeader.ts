import { InputError, type Problem, show } from "../input/problems.js";

/** Columns of a CSV format: those it knows, and those that it cannot do without. */
export interface CsvColumns {
  readonly known: ReadonlySet<string>;
  readonly required: readonly string[];
}

export const columnsOf = (line: string): string[] => line.trim().split(",");

/** A first line is a header when it has at least three known names, even where others are misspelt. */
export const isHeader = (line: string, { known }: CsvColumns): boolean =>
  columnsOf(line).filter((c) => known.has(c)).length >= 3;

/**
 * The columns that a header names.
 * @throws InputError with every name that is unknown, named twice, or missing
 */
export function readHeader(line: string, { known, required }: CsvColumns, source: string): string[] {
  const columns = columnsOf(line);
  const place = `${source}:1`;
  const problems: Problem[] = [];
  for (const [i, column] of columns.entries()) {
    if (!known.has(column)) {
      problems.push({ place, message: `${show(column)} is not a known column; remove it or correct its name` });
    } else if (columns.indexOf(column) !== i) {
      problems.push({ place, message: `column ${show(column)} is named twice; name it once` });
    }
  }
  for (const column of required) {
    if (!columns.includes(column)) problems.push({ place, message: `column "${column}" is missing; add it` });
  }
  if (problems.length > 0) throw new InputError(source, problems);
  return columns;
}

/** Reads the values of each line in the order of the columns; another number of them is a reject. */
export function lineValues(line: string, columns: readonly string[]): string[] | { readonly reject: string } {
  const values = columnsOf(line);
  if (values.length === columns.length) return values;
  return { reject: `number of columns ${values.length}: expected ${columns.length}, as its header names` };
}
