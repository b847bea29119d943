import { compareText } from "../../graph/order.js";
import { type CommentHeader, readHeader, writeHeader } from "./header.js";
import { compareRuns } from "./order.js";
import { truncate } from "./truncate.js";

/** A comment that is there already. */
export interface PostedComment {
  /** The provider's number of it: a later comment has a higher one. */
  readonly id: number;
  readonly body: string;
}

/** What a run wants to say of one stack. */
export interface FreshComment {
  readonly header: CommentHeader;
  /** Markdown below the header. */
  readonly rest: string;
}

/** One call to the provider. */
export type PlaceStep =
  | { readonly do: "create"; readonly body: string }
  | { readonly do: "update"; readonly id: number; readonly body: string }
  | { readonly do: "delete"; readonly id: number };

export interface Placement {
  /**
   * `outdated`: a later run's comment is there. `unchanged`: this very text is. `nothing`: there is nothing to say, and
   * nothing was said before.
   */
  readonly outcome: "create" | "update" | "unchanged" | "outdated" | "nothing";
  /** The comment that stays, where there is one already. */
  readonly id: number | null;
  /** In the order to carry them out; none where all is as it shall be. */
  readonly steps: readonly PlaceStep[];
}

/**
 * Where the comment of a run goes, given what is there. One comment of a project and stack stays: of several (two first
 * runs at once) that of the latest run, the oldest of these, and the others are deleted. A comment of a later run is left as
 * it is. Carried out and asked again until no step is left, runs at the same time end at the same comment.
 *
 * @param there all comments that are ours to change
 * @param limit most bytes of a body in UTF-8
 */
export function placeComment(there: readonly PostedComment[], fresh: FreshComment, limit: number): Placement {
  const ours = commentsOf(there, fresh.header);
  const [kept, ...others] = ours;
  const deletions = others.map(({ id }): PlaceStep => ({ do: "delete", id }));
  if (kept === undefined) {
    if (fresh.header.quiet) return { outcome: "nothing", id: null, steps: [] };
    return { outcome: "create", id: null, steps: [{ do: "create", body: truncate(textOf(fresh), limit) }] };
  }
  const { id } = kept;
  if (compareRuns(kept.header, fresh.header) > 0) return { outcome: "outdated", id, steps: deletions };
  const body = truncate(textOf(afterwards(kept.header, fresh)), limit);
  if (sameText(kept.body, body)) return { outcome: "unchanged", id, steps: deletions };
  return { outcome: "update", id, steps: [{ do: "update", id, body }, ...deletions] };
}

/** The comments of the same project and stack: the latest run first, and of one run the oldest comment first. */
function commentsOf(
  there: readonly PostedComment[],
  { project, stack }: CommentHeader,
): (PostedComment & { readonly header: CommentHeader })[] {
  return there
    .flatMap((comment) => {
      const header = readHeader(comment.body)?.header;
      return header?.project === project && header.stack === stack ? [{ ...comment, header }] : [];
    })
    .sort((a, b) => compareRuns(b.header, a.header) || a.id - b.id || compareText(a.body, b.body));
}

/** Where an earlier run asked for changes and none is needed now, the comment says so, also in the runs that follow. */
function afterwards(former: CommentHeader, { header, rest }: FreshComment): FreshComment {
  const reverted = former.changes || former.reverted;
  if (!reverted || header.changes !== 0 || header.verdict !== "pass") return { header, rest };
  const said =
    reverted === 1 ? "the change that was shown here is" : `the ${reverted} changes that were shown here are`;
  const line = `**Risk reverted:** ${said} no longer needed.`;
  return { header: { ...header, reverted }, rest: `${line}\n\n${rest.trimStart()}` };
}

function textOf({ header, rest }: FreshComment): string {
  return `${writeHeader(header)}\n\n${rest.trim()}\n`;
}

/** Sites may change line ends and blank ends. */
function sameText(a: string, b: string): boolean {
  const plain = (text: string) => text.replace(/\r\n?/g, "\n").trim();
  return plain(a) === plain(b);
}
