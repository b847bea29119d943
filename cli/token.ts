import { readFileSync } from "node:fs";
import { InputError } from "../input/problems.js";
import type { Terminal } from "./output.js";

/**
 * The token that probes and collector share: what `--token-file` holds, else `FIREBREAK_TOKEN`.
 * @throws InputError where there is none, or it is too short to be a secret
 */
export function readToken(file: string | undefined, terminal: Terminal): string {
  const place = file === undefined ? "FIREBREAK_TOKEN" : "--token-file";
  const token = (file === undefined ? (terminal.env.FIREBREAK_TOKEN ?? "") : readText(file)).trim();
  const remedy = "make one with `openssl rand -hex 32 > token` and name it with --token-file";
  if (token === "") throw new InputError(place, [{ place, message: `no token; ${remedy}` }]);
  if (!/^[\x21-\x7e]{16,}$/.test(token)) {
    throw new InputError(place, [{ place, message: `expected 16 characters or more, without spaces; ${remedy}` }]);
  }
  return token;
}

/** A file that a flag names. @throws InputError where it cannot be read */
export function readFlagFile(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(flag, [
      { place: flag, message: `${file} cannot be read (${code}); check path and permissions` },
    ]);
  }
}

const readText = (file: string): string => readFlagFile("--token-file", file).toString("utf8");
