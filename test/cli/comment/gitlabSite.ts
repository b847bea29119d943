import { gitlabApi } from "./openapi/description.js";
import { pageOf, put, type Reply, type SiteKind, type Stored, self, token } from "./site.js";

/** GitLab's notes of merge request 12 of project 34 (acme/shop), as its REST API has them. */
export const gitlabSite: SiteKind = {
  name: "gitlab",
  base: "/api/v4",
  description: gitlabApi(),
  limit: 1_000_000,
  env: (url, run) => ({
    CI_API_V4_URL: url,
    CI_PROJECT_ID: "34",
    CI_MERGE_REQUEST_IID: "12",
    GITLAB_TOKEN: token,
    ...(run !== undefined && { CI_PIPELINE_IID: String(run) }),
  }),
  answer: ({ method, url, headers, body }, store) => {
    if (headers["private-token"] !== token) return refusal(401, "401 Unauthorized");
    const path = url.pathname.slice("/api/v4".length);
    if (method === "GET" && path === "/user") return { status: 200, body: { id: self, username: "project_34_bot" } };
    const [, project = "", id] = /^\/projects\/([^/]+)\/merge_requests\/12\/notes(?:\/(\d+))?$/.exec(path) ?? [];
    if (!["34", "acme/shop"].includes(decodeURIComponent(project))) return refusal(404, "404 Project Not Found");
    if (id === undefined && method === "GET") {
      // As GitLab does, a page leaves out what the asker may not see, and so may be short before the end.
      const { items, next } = pageOf(sorted(store, url), url);
      const visible = items.filter((note) => note.body !== "internal");
      return { status: 200, headers: { "x-next-page": next === null ? "" : String(next) }, body: visible.map(shown) };
    }
    if (id === undefined) {
      return checkBody(body?.body) ?? { status: 201, body: shown(put(store, self, String(body?.body).trim())) };
    }
    const found = store.find((note) => note.id === Number(id));
    if (found === undefined) return refusal(404, "404 Note Not Found");
    if (method === "DELETE") {
      store.splice(store.indexOf(found), 1);
      return { status: 204 };
    }
    const problem = checkBody(body?.body);
    if (problem !== null) return problem;
    found.body = String(body?.body).trim();
    return { status: 200, body: shown(found) };
  },
};

/** Newest first, unless the oldest are asked for. */
function sorted(store: readonly Stored[], { searchParams }: URL): readonly Stored[] {
  return searchParams.get("sort") === "asc" ? store : [...store].reverse();
}

function checkBody(body: unknown): Reply | null {
  if (typeof body !== "string" || body.trim() === "") return refusal(400, "400 (Bad request) note is blank");
  return body.length > 1_000_000 ? refusal(400, "400 (Bad request) note is too long") : null;
}

const refusal = (status: number, message: string): Reply => ({ status, body: { message } });

function shown({ id, author, body, system }: Stored): object {
  const at = "2026-11-25T10:00:00.000Z";
  return {
    id,
    type: null,
    body,
    author: { id: author, username: `u${author}`, name: `u${author}`, state: "active" },
    created_at: at,
    updated_at: at,
    system: system === true,
    noteable_id: 99,
    noteable_type: "MergeRequest",
    noteable_iid: 12,
    resolvable: false,
  };
}
