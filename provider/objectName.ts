import { createHash } from "node:crypto";

/**
 * A name that Kubernetes takes (a DNS label, 63 characters at most) for `prefix` and any text. Where letters had to go, a
 * short hash tells it from other texts that look alike.
 * @param prefix lower-case letters, digits and `-`, 40 characters at most
 */
export function objectName(prefix: string, text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const joined = `${prefix}${prefix.endsWith("-") ? "" : "-"}${plain}`;
  if (plain !== "" && plain === text && joined.length <= 63) return joined;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return `${joined.slice(0, 54).replace(/-+$/, "")}-${hash}`;
}
