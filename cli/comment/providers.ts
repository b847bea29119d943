import type { RunOrder } from "../../policies/comment/header.js";
import type { PostedComment } from "../../policies/comment/place.js";
import { github } from "./github.js";
import { gitlab } from "./gitlab.js";
import type { Place } from "./settings.js";

/** A site whose pull requests can be commented on. */
export interface CommentProvider {
  readonly name: string;
  /** Most bytes of a comment in UTF-8. */
  readonly limit: number;
  /** The comments of the pull request that flags and environment name. @throws InputError naming all that is missing */
  open(place: Place): Thread;
}

/** The comments of one pull request. Calls throw ApiError. */
export interface Thread {
  /** For people, such as `acme/shop#12`. */
  readonly title: string;
  /** When this run was, by the environment; undefined where that does not tell. */
  readonly order: RunOrder | undefined;
  /** All comments, by any author. */
  list(): Promise<ThreadComment[]>;
  /** Whose comments are ours to change: nobody else can make us believe that a later run was there. */
  isOurs(): Promise<(comment: ThreadComment) => boolean>;
  create(body: string): Promise<void>;
  update(id: number, body: string): Promise<void>;
  remove(id: number): Promise<void>;
}

export interface ThreadComment extends PostedComment {
  /** Address of the comment, where the provider tells it. */
  readonly url: string | null;
  readonly author: { readonly id: number | null; readonly isBot: boolean };
}

/** Every provider, in the order of the help: adding one is a file and a line. */
export const providers: readonly CommentProvider[] = [github, gitlab];
