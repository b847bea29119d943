/** One thing wrong with an input: where, what was found, and what to do about it. */
export interface Problem {
  /** For example `links[4].share` or `flows.log:17`. */
  readonly place: string;
  /** What was found and what was expected, ending with the remedy. */
  readonly message: string;
}

/**
 * Bad input from a person or another tool. Carries every problem that was found, so that one run is enough to mend
 * them all. The command line prints the list and exits with 2.
 */
export class InputError extends Error {
  override readonly name = "InputError";
  constructor(
    /** What was read, for example `topology` or a file's name. */
    readonly source: string,
    readonly problems: readonly Problem[],
  ) {
    super(
      [`${source}: ${problems.length === 1 ? "1 problem" : `${problems.length} problems`}`]
        .concat(problems.map((p) => `  ${p.place}: ${p.message}`))
        .join("\n"),
    );
  }
}

/** Throws one `InputError` when there is at least one problem. */
export function throwProblems(source: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InputError(source, problems);
}

/** A value as it is shown in a message: JSON, shortened, with NaN and Infinity spelt out. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  const text = print(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function print(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // JSON.parse takes nesting that JSON.stringify's stack does not.
    return "a value that is nested too deeply to be shown";
  }
}
