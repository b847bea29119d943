import { existsSync, readFileSync } from "node:fs";
import type { CommentProvider, Thread, ThreadComment } from "./providers.js";
import { type Answer, type Api, ApiError, ask, listIn, retryAfter, untilHeader } from "./request.js";
import { orderFrom, readSettings } from "./settings.js";

/** https://docs.github.com/en/rest/issues/comments: a pull request is an issue as far as its comments go. */
export const github: CommentProvider = {
  name: "github",
  // 65,536 characters; bytes are never fewer.
  limit: 65_536,
  open: (place) => {
    const { env } = place;
    const settings = readSettings("comment github", env);
    const repository = settings.text(
      place.repository,
      "--repository",
      ["GITHUB_REPOSITORY"],
      /^[\w.-]+\/[\w.-]+$/,
      "a repository such as acme/shop",
    );
    const pull = place.pull ?? pullOf(env);
    if (pull === null) {
      settings.problem("--pull", "neither GITHUB_REF nor the event names a pull request; give its number with --pull");
    }
    const base = settings.url(place.api, "--api", "GITHUB_API_URL", "https://api.github.com");
    const token = settings.token(
      place.tokenFile,
      "GITHUB_TOKEN",
      "pass the workflow's own (github.token) to the step as GITHUB_TOKEN, or name a file with --token-file",
    );
    settings.done();
    const api: Api = {
      name: "GitHub",
      base,
      token,
      deadline: place.deadline,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "user-agent": "firebreak",
        "x-github-api-version": "2022-11-28",
      },
      waitOf,
      remedyOf,
    };
    return threadOf(api, repository, pull ?? 0, orderFrom("github", env, ["GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"]));
  },
};

function threadOf(api: Api, repository: string, pull: number, order: Thread["order"]): Thread {
  const comments = `repos/${repository}/issues/${pull}/comments`;
  const comment = (id: number) => `repos/${repository}/issues/comments/${id}`;
  return {
    title: `${repository}#${pull}`,
    order,
    list: async () => {
      const found: ThreadComment[] = [];
      for (let page = 1; ; page++) {
        const answer = await ask(api, "GET", `${comments}?per_page=100&page=${page}`);
        found.push(...listIn<GitHubComment>(api, answer).map(commentOf));
        if (!/\brel="next"/.test(answer.headers.get("link") ?? "")) return found;
      }
    },
    isOurs: async () => {
      const self = await whoAmI(api);
      if (self === "unknown") return () => true;
      return ({ author }) => (self === "app" ? author.isBot : author.id === self);
    },
    create: async (body) => void (await ask(api, "POST", comments, { body })),
    update: async (id, body) => void (await ask(api, "PATCH", comment(id), { body })),
    remove: async (id) => void (await ask(api, "DELETE", comment(id))),
  };
}

interface GitHubComment {
  readonly id: number;
  readonly body?: string;
  readonly html_url?: string;
  readonly user?: { readonly id?: number; readonly type?: string } | null;
}

function commentOf({ id, body, html_url, user }: GitHubComment): ThreadComment {
  const author = { id: user?.id ?? null, isBot: user?.type === "Bot" };
  return { id, body: body ?? "", url: html_url ?? null, author };
}

/** Our user; `app` for a workflow's token, which is told nothing about itself and writes as a bot. */
async function whoAmI(api: Api): Promise<number | "app" | "unknown"> {
  try {
    return ((await ask(api, "GET", "user")).body as { id: number }).id;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return "app";
    if (error instanceof ApiError && error.status === 404) return "unknown";
    throw error;
  }
}

/** The number of the pull request that a workflow runs for: from `refs/pull/12/merge`, else from the event. */
function pullOf({ GITHUB_REF: ref = "", GITHUB_EVENT_PATH: file }: NodeJS.ProcessEnv): number | null {
  const inRef = /^refs\/pull\/(\d+)\//.exec(ref)?.[1];
  if (inRef !== undefined) return Number(inRef);
  if (!file || !existsSync(file)) return null;
  try {
    const event = JSON.parse(readFileSync(file, "utf8")) as GitHubEvent;
    const issue = event.issue?.pull_request === undefined ? undefined : event.issue.number;
    const number = event.pull_request?.number ?? issue ?? event.workflow_run?.pull_requests?.[0]?.number;
    return Number.isInteger(number) ? Number(number) : null;
  } catch {
    return null;
  }
}

interface GitHubEvent {
  readonly pull_request?: { readonly number?: number };
  readonly issue?: { readonly number?: number; readonly pull_request?: unknown };
  readonly workflow_run?: { readonly pull_requests?: readonly { readonly number?: number }[] };
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function waitOf(answer: Answer): number | null {
  if (answer.status !== 403 && answer.status !== 429) return null;
  const told = retryAfter(answer);
  if (told !== null) return told;
  if (answer.headers.get("x-ratelimit-remaining") === "0") return untilHeader(answer, "x-ratelimit-reset") ?? 60;
  const message = (answer.body as { message?: unknown } | null)?.message;
  return answer.status === 429 || /secondary rate limit/i.test(String(message)) ? 60 : null;
}

function remedyOf(status: number): string {
  if (status === 401) return "the token is not valid, or has expired: give another";
  if (status === 403) {
    return "the token may not do that: give the job `permissions: { pull-requests: write }`; for pull requests from forks, post from a workflow_run";
  }
  if (status === 404 || status === 410) {
    return "there is no such pull request, or the token cannot see it: check repository, number and the token's access";
  }
  if (status >= 300 && status < 400) return "give the new name with --repository, or the new address with --api";
  return "nothing was changed by this call";
}
