/** The parts of a Pulumi URN. */
export interface Urn {
  readonly stack: string;
  readonly project: string;
  /** Type token, without those of its parents. */
  readonly type: string;
  readonly name: string;
}

/** Parses `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`, or null where it is none. A name may hold `::`. */
export function parseUrn(text: string): Urn | null {
  if (!text.startsWith("urn:pulumi:")) return null;
  const [stack, project, types, ...name] = text.slice("urn:pulumi:".length).split("::");
  const type = types?.split("$").at(-1);
  if (!stack || !project || !type || name.length === 0) return null;
  return { stack, project, type, name: name.join("::") };
}
