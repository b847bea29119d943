import { hostname, userInfo } from "node:os";

/** Who runs this, for the audit log: `FIREBREAK_ACTOR` where it is set, else `ada@build-7`. */
export function actorOf(env: NodeJS.ProcessEnv = process.env): string {
  return env.FIREBREAK_ACTOR || `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's numeric user may have no name.
    return String(process.getuid?.() ?? "unknown");
  }
}
