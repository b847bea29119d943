import type { CommentProvider, Thread, ThreadComment } from "./providers.js";
import { type Answer, type Api, ApiError, ask, listIn, retryAfter, untilHeader } from "./request.js";
import { orderFrom, readSettings } from "./settings.js";

/** https://docs.gitlab.com/api/notes/#merge-requests */
export const gitlab: CommentProvider = {
  name: "gitlab",
  // 1,000,000 characters; bytes are never fewer.
  limit: 1_000_000,
  open: (place) => {
    const { env } = place;
    const settings = readSettings("comment gitlab", env);
    const project = settings.text(
      place.repository,
      "--repository",
      ["CI_PROJECT_ID"],
      /^(\d+|[\w.-]+(\/[\w.-]+)+)$/,
      "a project's number, or its path such as acme/shop",
    );
    const pull =
      place.pull ??
      Number(
        settings.text(
          undefined,
          "--pull",
          ["CI_MERGE_REQUEST_IID"],
          /^\d{1,15}$/,
          "the number of the merge request, which a merge request pipeline has",
        ),
      );
    const base = settings.url(place.api, "--api", "CI_API_V4_URL", "https://gitlab.com/api/v4");
    const token = settings.token(
      place.tokenFile,
      "GITLAB_TOKEN",
      "make a project access token with the scope api and the role Reporter or higher, as a masked variable (a job's own CI_JOB_TOKEN may not write comments), or name a file with --token-file",
    );
    settings.done();
    const api: Api = {
      name: "GitLab",
      base,
      token,
      deadline: place.deadline,
      headers: { accept: "application/json", "private-token": token, "user-agent": "firebreak" },
      waitOf,
      remedyOf,
    };
    return threadOf(api, project, pull, orderFrom("gitlab", env, ["CI_PIPELINE_IID"]));
  },
};

function threadOf(api: Api, project: string, pull: number, order: Thread["order"]): Thread {
  const notes = `projects/${encodeURIComponent(project)}/merge_requests/${pull}/notes`;
  return {
    title: `${project}!${pull}`,
    order,
    list: async () => {
      const found: ThreadComment[] = [];
      for (let page = "1"; ; ) {
        const query = `sort=asc&order_by=created_at&per_page=100&page=${page}`;
        const answer = await ask(api, "GET", `${notes}?${query}`);
        const notesHere = listIn<GitLabNote>(api, answer).filter((note) => note.system !== true);
        found.push(...notesHere.map(commentOf));
        // A page may hold fewer than asked for: notes that we may not see are left out of it.
        page = answer.headers.get("x-next-page")?.trim() ?? "";
        if (!/^\d+$/.test(page)) return found;
      }
    },
    isOurs: async () => {
      const self = await whoAmI(api);
      return ({ author }) => self === null || author.id === self;
    },
    create: async (body) => void (await ask(api, "POST", notes, { body })),
    update: async (id, body) => void (await ask(api, "PUT", `${notes}/${id}`, { body })),
    remove: async (id) => void (await ask(api, "DELETE", `${notes}/${id}`)),
  };
}

interface GitLabNote {
  readonly id: number;
  readonly body?: string;
  readonly system?: boolean;
  readonly author?: { readonly id?: number } | null;
}

function commentOf({ id, body, author }: GitLabNote): ThreadComment {
  return { id, body: body ?? "", url: null, author: { id: author?.id ?? null, isBot: false } };
}

/** Our user; null where the server does not tell. */
async function whoAmI(api: Api): Promise<number | null> {
  try {
    return ((await ask(api, "GET", "user")).body as { id: number }).id;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return null;
    throw error;
  }
}

/** https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers */
function waitOf(answer: Answer): number | null {
  if (answer.status !== 429) return null;
  return retryAfter(answer) ?? untilHeader(answer, "ratelimit-reset") ?? 60;
}

function remedyOf(status: number): string {
  if (status === 401) return "the token is not valid, or has expired: give another";
  if (status === 403) return "the token may not do that: it needs the scope api and the role Reporter or higher";
  if (status === 404) {
    return "there is no such merge request, or the token cannot see it: check project, number and the token's access";
  }
  if (status >= 300 && status < 400) return "give the new path with --repository, or the new address with --api";
  return "nothing was changed by this call";
}
