import { z } from "zod";

/**
 * What a comment says about itself to the next run, in an HTML comment on its first line that readers do not see. The
 * report writes all but `order`, which the run that posts it adds.
 */
export interface CommentHeader {
  readonly project: string;
  readonly stack: string;
  /** Decision id and its time (ISO 8601); absent in a body that the report did not write. */
  readonly decision?: string;
  readonly createdAt?: string;
  /** Changes that the body shows. */
  readonly changes?: number;
  readonly verdict?: "pass" | "fail" | "unknown";
  /** True where there is nothing that a reader need know. */
  readonly quiet?: boolean;
  /** How many changes an earlier comment showed that the run no longer asks for. */
  readonly reverted?: number;
  readonly order?: RunOrder;
}

/** When a run was, against others of the same source: compared number by number, the first one first. */
export interface RunOrder {
  readonly source: "github" | "gitlab" | "given";
  readonly at: readonly number[];
}

const schema: z.ZodType<CommentHeader> = z.object({
  project: z.string(),
  stack: z.string(),
  decision: z.string().optional(),
  createdAt: z.string().optional(),
  changes: z.number().optional(),
  verdict: z.enum(["pass", "fail", "unknown"]).optional(),
  quiet: z.boolean().optional(),
  reverted: z.number().optional(),
  order: z.object({ source: z.enum(["github", "gitlab", "given"]), at: z.array(z.number()) }).optional(),
});

const opening = "<!-- firebreak:comment ";
const closing = " -->";

/** The header as one line. What could end an HTML comment, or hides in it, is written as a JSON escape. */
export function writeHeader(header: CommentHeader): string {
  const json = JSON.stringify(header)
    .replace(/--/g, "-\\u002d")
    .replace(/[<>&]|[^\x20-\x7e]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `${opening}${json}${closing}`;
}

/** Header and the rest of a body, or null where its first line is no header of ours. Sites may change line ends. */
export function readHeader(body: string): { readonly header: CommentHeader; readonly rest: string } | null {
  const text = body.replace(/\r\n?/g, "\n").trimStart();
  const end = text.indexOf("\n");
  const line = (end < 0 ? text : text.slice(0, end)).trimEnd();
  if (!line.startsWith(opening) || !line.endsWith(closing)) return null;
  try {
    const parsed = schema.safeParse(JSON.parse(line.slice(opening.length, -closing.length)));
    return parsed.success ? { header: parsed.data, rest: end < 0 ? "" : text.slice(end + 1) } : null;
  } catch {
    return null;
  }
}
