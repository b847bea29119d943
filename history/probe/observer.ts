import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Who this host is in the history: its name, and eight hex digits of a hash of its machine id, as machine-id(5) asks: the
 * id itself is not to be told. Where there is none (many containers), that of its boot.
 */
export function observerName(): string {
  const secret = firstOf(["/etc/machine-id", "/var/lib/dbus/machine-id", "/proc/sys/kernel/random/boot_id"]);
  const name = hostname().replace(/[^\x21-\x7e]/g, "") || "host";
  const hash = createHash("sha256").update(`firebreak-probe\n${secret}`).digest("hex");
  return `${name.slice(0, 200)}-${hash.slice(0, 8)}`;
}

function firstOf(paths: readonly string[]): string {
  for (const path of paths) {
    try {
      const text = readFileSync(path, "utf8").trim();
      if (text !== "") return text;
    } catch {
      // The next one is tried.
    }
  }
  return "";
}
