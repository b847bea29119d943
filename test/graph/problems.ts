import { InputError, type Problem } from "../../input/problems.js";

/** The problems that `read` throws. */
export function problemsOf(read: () => unknown): readonly Problem[] {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
}

/** The same as lines, `place: message`. */
export function linesOf(read: () => unknown): string[] {
  return problemsOf(read).map((p) => `${p.place}: ${p.message}`);
}
