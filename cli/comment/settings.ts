import { InputError, type Problem, show, throwProblems } from "../../input/problems.js";
import type { RunOrder } from "../../policies/comment/header.js";
import { readFlagFile } from "../token.js";

/** Where a comment goes, as flags and environment say it. */
export interface Place {
  readonly env: NodeJS.ProcessEnv;
  /** Base URL of the API. */
  readonly api?: string;
  /** Repository or project. */
  readonly repository?: string;
  /** Number of the pull or merge request. */
  readonly pull?: number;
  readonly tokenFile?: string;
  /** Unix milliseconds past which nothing is asked any more. */
  readonly deadline: number;
}

/** Gathers what is missing or wrong, so that one run is enough to mend it all. */
export interface Settings {
  /** A text from a flag or from the first variable that is set. */
  text(value: string | undefined, flag: string, variables: readonly string[], form: RegExp, expected: string): string;
  url(value: string | undefined, flag: string, variable: string, fallback?: string): URL;
  token(file: string | undefined, variable: string, remedy: string): string;
  problem(place: string, message: string): void;
  /** @throws InputError where there was a problem */
  done(): void;
}

export function readSettings(source: string, env: NodeJS.ProcessEnv): Settings {
  const problems: Problem[] = [];
  const problem = (place: string, message: string) => void problems.push({ place, message });
  const settings: Settings = {
    problem,
    done: () => throwProblems(source, problems),
    text: (value, flag, variables, form, expected) => {
      const variable = variables.find((name) => env[name]);
      const text = value ?? (variable === undefined ? undefined : env[variable]);
      if (text !== undefined && form.test(text)) return text;
      const place = value !== undefined ? flag : (variable ?? variables[0] ?? flag);
      problem(place, `${show(text)}: expected ${expected}; set it, or give ${flag}`);
      return "";
    },
    url: (value, flag, variable, fallback) => {
      const text = value ?? env[variable] ?? fallback ?? "";
      try {
        const url = new URL(text.endsWith("/") ? text : `${text}/`);
        const isPlain = /^https?:$/.test(url.protocol) && url.username === "" && url.search === "" && url.hash === "";
        if (isPlain) return url;
      } catch {
        // Said below.
      }
      const place = value === undefined ? variable : flag;
      problem(place, `${show(text || undefined)}: expected the API's address such as https://git.example.org/api/v4`);
      return new URL("http://localhost/");
    },
    token: (file, variable, remedy) => {
      const text = (file === undefined ? (env[variable] ?? "") : readFlagFile("--token-file", file).toString()).trim();
      if (!/^[\x21-\x7e]+$/.test(text)) {
        const place = file === undefined ? variable : "--token-file";
        problem(place, `${text === "" ? "no token" : "not a token: it has blanks or other signs"}; ${remedy}`);
      }
      return text;
    },
  };
  return settings;
}

/** Reads `--run-order`: numbers with points between them, the first one the most important. */
export function parseOrder(text: string): RunOrder {
  if (!/^\d{1,15}(\.\d{1,15}){0,7}$/.test(text)) {
    const message = `${show(text)}: expected a number that grows with every run, such as 1234 or 1234.2`;
    throw new InputError("comment", [{ place: "--run-order", message }]);
  }
  return { source: "given", at: text.split(".").map(Number) };
}

/** The order of a run from variables of its environment, as far as they are numbers. */
export function orderFrom(
  source: RunOrder["source"],
  env: NodeJS.ProcessEnv,
  names: readonly string[],
): RunOrder | undefined {
  const at: number[] = [];
  for (const name of names) {
    if (!/^\d{1,15}$/.test(env[name] ?? "")) break;
    at.push(Number(env[name]));
  }
  return at.length === 0 ? undefined : { source, at };
}
