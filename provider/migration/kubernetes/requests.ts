import { type Answer, ask, type Cluster, type Request, reasonOf, UnreachableError } from "../../cluster.js";

/** Time, given from outside. */
export interface Clock {
  /** Milliseconds since some moment; never steps back. */
  readonly monotonic: () => number;
  /** Unix seconds. */
  readonly wall: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** What became of a write. */
export type Written =
  | { readonly done: unknown }
  /** The object is another than was looked at (404, 409): look again. */
  | "stale"
  /** The API server does not want it, and will not want it the next time. */
  | { readonly refused: string; readonly status: number };

/** Requests to one API server that outlast its moods: 429, 5xx, silence and cut connections are tried again. */
export interface Api {
  /** The object, or null where there is none. @throws ForbiddenError, UnreachableError */
  readonly get: <T>(path: string) => Promise<T | null>;
  /** @throws ForbiddenError, UnreachableError */
  readonly list: <T>(path: string, query?: Readonly<Record<string, string>>) => Promise<readonly T[]>;
  /** `permit` is asked before each attempt, and throws where nothing more may be written. @throws UnreachableError */
  readonly write: (request: Request, permit: () => Promise<void>) => Promise<Written>;
}

/** The API server does not let us look. */
export class ForbiddenError extends Error {
  override readonly name = "ForbiddenError";
}

/** A request ends well before the lease under which it was sent does (see lease.ts). */
export const requestTimeout = 5_000;
/** Milliseconds for which one request is tried again: a minute of 429 is not the end. */
const patience = 150_000;
const longestPause = 5_000;

/** @param name told to the API server as `User-Agent`, so that its audit log shows which run wrote what */
export function openApi(cluster: Cluster, clock: Clock, name: string): Api {
  const send = async (request: Request, permit?: () => Promise<void>): Promise<Answer> => {
    const end = clock.monotonic() + patience;
    for (let attempt = 0; ; attempt += 1) {
      await permit?.();
      const answer = await attemptOnce(cluster, { ...request, agent: name, timeout: requestTimeout });
      const late = clock.monotonic() > end;
      if ("silent" in answer) {
        if (late) throw answer.silent;
      } else if (answer.status !== 429 && answer.status < 500) {
        return answer;
      } else if (late) {
        throw new UnreachableError(`${cluster.server} goes on answering ${answer.status}: ${reasonOf(answer)}`);
      }
      const asked = "silent" in answer ? undefined : retryAfter(answer);
      await clock.sleep(Math.min(longestPause, Math.max(250 * 2 ** Math.min(attempt, 5), (asked ?? 0) * 1000)));
    }
  };
  return {
    get: async <T>(path: string) => {
      const answer = await send({ path });
      if (answer.status === 404) return null;
      return bodyOf(answer) as T;
    },
    list: async <T>(path: string, query?: Readonly<Record<string, string>>) => {
      const answer = await send({ path, query });
      if (answer.status === 404) return [];
      return (bodyOf(answer) as { items: readonly T[] }).items;
    },
    write: async (request, permit) => {
      const answer = await send(request, permit);
      if (answer.status < 300) return { done: answer.body };
      if (answer.status === 404 || answer.status === 409) return "stale";
      return { refused: reasonOf(answer), status: answer.status };
    },
  };
}

async function attemptOnce(
  cluster: Cluster,
  request: Request,
): Promise<Answer | { readonly silent: UnreachableError }> {
  try {
    return await ask(cluster, request);
  } catch (error) {
    if (error instanceof UnreachableError) return { silent: error };
    throw error;
  }
}

function bodyOf(answer: Answer): unknown {
  if (answer.status === 200) return answer.body;
  throw new ForbiddenError(reasonOf(answer));
}

/** Seconds that the API server asks to wait. */
function retryAfter({ body }: Answer): number | undefined {
  const seconds = (body as { details?: { retryAfterSeconds?: unknown } } | null)?.details?.retryAfterSeconds;
  return typeof seconds === "number" ? seconds : undefined;
}
