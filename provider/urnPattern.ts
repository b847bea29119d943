/**
 * Matches a Pulumi URN against a pattern. A URN has parts, divided by `::`. `*` stands for any text within one part
 * (never `::`), `**` for any text across parts; everything else is literal. The whole URN must match.
 *
 * @example matchesUrn("**::kubernetes:apps/v1:Deployment::api", "urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::api")
 */
export function matchesUrn(pattern: string, urn: string): boolean {
  return new RegExp(
    `^${pattern
      .split(/(\*\*|\*)/)
      .map(sourceOf)
      .join("")}$`,
    "s",
  ).test(urn);
}

function sourceOf(piece: string): string {
  if (piece === "**") return ".*";
  if (piece === "*") return "(?:(?!::).)*";
  return piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The Pulumi name of a URN: its last part. */
export function nameOfUrn(urn: string): string {
  // A name may itself hold `::`; only the first three dividers belong to the URN.
  return urn.split("::").slice(3).join("::");
}
