import { setTimeout as sleep } from "node:timers/promises";

/** An API with a token, asked within a bounded time. */
export interface Api {
  /** For messages: GitHub or GitLab. */
  readonly name: string;
  readonly base: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Never shown, whatever an answer says. */
  readonly token: string;
  /** Unix milliseconds past which nothing is asked or awaited any more. */
  readonly deadline: number;
  /** Seconds to wait where an answer is a limit on the rate of calls; null where it is none. */
  waitOf(answer: Answer): number | null;
  /** What to do about a refusal. */
  remedyOf(status: number): string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** The provider refused, or could not be asked in time. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** HTTP status; null where there was no answer. */
    readonly status: number | null,
  ) {
    super(message);
  }
}

const mostAttempts = 6;
const longestCall = 30_000;

/**
 * Asks once or, where that can do no harm, until it is answered: limits on the rate of calls are waited for as the answer
 * says, and a failure of the server is tried again unless the call makes something (`POST`), which may have been made.
 *
 * @param path below the base, without a slash in front
 * @throws ApiError with what to do
 */
export async function ask(api: Api, method: string, path: string, body?: unknown): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await callOnce(api, method, path, body);
    const status = "status" in answer ? answer.status : null;
    if (status !== null && status >= 200 && status < 300) return answer as Answer;
    const limit = "status" in answer ? api.waitOf(answer) : null;
    const isFault = status === null || status >= 500;
    const wait = limit ?? (isFault && method !== "POST" ? 2 ** (attempt - 1) : null);
    const said = "status" in answer ? messageOf(answer) : answer.fault;
    const what = status === null ? `does not answer ${method} ${path}` : `answered ${status} to ${method} ${path}`;
    const fail = (remedy: string) => new ApiError(hide(api, `${api.name} ${what}: ${said}; ${remedy}`), status);
    if (wait === null) throw fail(status === null ? "see what was posted, and repeat" : api.remedyOf(status));
    if (attempt >= mostAttempts || Date.now() + wait * 1000 >= api.deadline) {
      throw fail(
        limit === null
          ? "it was tried again until the time was up: repeat later, or give more with --timeout"
          : `it asks to wait ${Math.ceil(wait)} s, for which there is no time left: repeat later, or give more with --timeout`,
      );
    }
    await sleep(wait * 1000);
  }
}

async function callOnce(
  api: Api,
  method: string,
  path: string,
  body: unknown,
): Promise<Answer | { readonly fault: string }> {
  const left = api.deadline - Date.now();
  if (left <= 0) return { fault: "no time is left" };
  try {
    const response = await fetch(new URL(path, api.base), {
      method,
      headers: { ...api.headers, ...(body !== undefined && { "content-type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      // A token goes nowhere but where it was meant for.
      redirect: "manual",
      signal: AbortSignal.timeout(Math.min(left, longestCall)),
    });
    return { status: response.status, headers: response.headers, body: parse(await response.text()) };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    return { fault: [message, cause?.code ?? cause?.message].filter(Boolean).join(": ") };
  }
}

/** The list that an answer holds. @throws ApiError where it holds none, as a login page with status 200 does */
export function listIn<T>({ name, base }: Api, { body, status }: Answer): readonly T[] {
  if (Array.isArray(body)) return body as T[];
  throw new ApiError(`${name} at ${base.href} answered with something else than a list; check --api`, status);
}

/** Seconds of a `Retry-After` header, which holds seconds or a date; null where there is none. */
export function retryAfter({ headers }: Answer): number | null {
  const text = headers.get("retry-after");
  if (text === null) return null;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}

/** Seconds until the unix time that a header holds; null where it holds none. */
export function untilHeader({ headers }: Answer, name: string): number | null {
  const at = Number(headers.get(name) ?? Number.NaN);
  return Number.isFinite(at) && at > 0 ? Math.max(0, at - Date.now() / 1000) : null;
}

function messageOf({ body, headers, status }: Answer): string {
  if (status >= 300 && status < 400) return `it moved to ${headers.get("location") ?? "another place"}`;
  const told = typeof body === "object" && body !== null ? ((body as Told).message ?? (body as Told).error) : undefined;
  const text = typeof told === "string" ? told : told === undefined ? "no reason given" : JSON.stringify(told);
  return text.replace(/\s+/g, " ").slice(0, 300);
}

interface Told {
  readonly message?: unknown;
  readonly error?: unknown;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // an error page of a proxy, or nothing
  }
}

function hide({ token }: Api, text: string): string {
  return text.split(token).join("[token]");
}
