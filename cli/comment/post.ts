import { setTimeout as sleep } from "node:timers/promises";
import { readHeader } from "../../policies/comment/header.js";
import { type FreshComment, type Placement, placeComment } from "../../policies/comment/place.js";
import type { Thread, ThreadComment } from "./providers.js";
import { ApiError } from "./request.js";

/** What became of a comment. */
export interface Posted {
  readonly outcome: "created" | "updated" | "unchanged" | "outdated" | "nothing";
  readonly id: number | null;
  readonly url: string | null;
  /** Comments of the same stack that were deleted. */
  readonly merged: number;
}

/** Others may write at the same time: so often it is looked again. */
const mostRounds = 8;

/**
 * Puts a comment where it belongs, then looks again, after `settle` seconds, whether a run at the same time did so too,
 * until nothing is left to do.
 *
 * @throws ApiError; Error where others keep on writing
 */
export async function postComment(
  thread: Thread,
  fresh: FreshComment,
  { limit, settle }: { readonly limit: number; readonly settle: number },
): Promise<Posted> {
  let wrote: "created" | "updated" | null = null;
  let unclear: ApiError | null = null;
  let merged = 0;
  for (let round = 0; round < mostRounds; round++) {
    const there = await oursOf(thread, fresh);
    const placement = placeComment(there, fresh, limit);
    if (placement.steps.length === 0) {
      const url = there.find((comment) => comment.id === placement.id)?.url ?? null;
      return { outcome: outcomeOf(placement, wrote), id: placement.id, url, merged };
    }
    if (unclear !== null && placement.steps.some((step) => step.do === "create") && round > 2) throw unclear;
    for (const step of placement.steps) {
      try {
        if (step.do === "create") await thread.create(step.body);
        else if (step.do === "update") await thread.update(step.id, step.body);
        else await thread.remove(step.id);
        if (step.do === "delete") merged++;
        else wrote = step.do === "create" || wrote === "created" ? "created" : "updated";
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // Someone else deleted it first. Or it may have been made all the same: what is there tells.
        const isGone = step.do !== "create" && error.status === 404;
        const isUnclear = step.do === "create" && (error.status === null || error.status >= 500);
        if (!isGone && !isUnclear) throw error;
        if (isUnclear) unclear = error;
      }
    }
    await sleep(settle * 1000);
  }
  throw unclear ?? new Error(`other runs keep on writing comments of this stack in ${thread.title}; repeat later`);
}

/** The comments of the stack that we wrote. Whose they are is asked only where there are any. */
async function oursOf(thread: Thread, { header }: FreshComment): Promise<ThreadComment[]> {
  const marked = (await thread.list()).filter((comment) => {
    const own = readHeader(comment.body)?.header;
    return own?.project === header.project && own.stack === header.stack;
  });
  return marked.length === 0 ? [] : marked.filter(await thread.isOurs());
}

function outcomeOf({ outcome }: Placement, wrote: "created" | "updated" | null): Posted["outcome"] {
  if (outcome === "outdated" || outcome === "nothing") return outcome;
  return wrote ?? "unchanged";
}
