import { readFileSync } from "node:fs";

/** The package's version, from the package.json above `dist/` or the source. */
export function version(): string {
  for (const up of ["../package.json", "../../package.json"]) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8"));
      if (name === "firebreak") return version;
    } catch {
      // Not at this level: the next one up is tried.
    }
  }
  return "unknown";
}
