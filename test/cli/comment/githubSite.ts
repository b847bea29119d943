import { githubDescription } from "./openapi/description.js";
import { pageOf, put, type Reply, type SiteKind, type Stored, self, token } from "./site.js";

/** GitHub's comments of pull request 12 of acme/shop, as its REST API has them. */
export const githubSite: SiteKind = {
  name: "github",
  base: "",
  description: githubDescription,
  limit: 65_536,
  env: (url, run) => ({
    GITHUB_API_URL: url,
    GITHUB_REPOSITORY: "acme/shop",
    GITHUB_REF: "refs/pull/12/merge",
    GITHUB_TOKEN: token,
    ...(run !== undefined && { GITHUB_RUN_ID: String(9_000_000 + run), GITHUB_RUN_ATTEMPT: "1" }),
  }),
  answer: ({ method, url, headers, body }, store) => {
    if (headers.authorization !== `Bearer ${token}`) return refusal(401, "Bad credentials");
    if (!/vnd\.github\+json/.test(headers.accept ?? "") || !headers["user-agent"]) return refusal(403, "no user agent");
    const { pathname } = url;
    if (method === "GET" && pathname === "/user") return { status: 200, body: { ...userOf(self), ...aboutUser } };
    const isThread = pathname === "/repos/acme/shop/issues/12/comments";
    const found = store.find((c) => pathname === `/repos/acme/shop/issues/comments/${c.id}`);
    if (method === "GET" && isThread) {
      const { items, next } = pageOf(store, url);
      const link = `<${url.href.replace(/page=\d+$/, `page=${next}`)}>; rel="next"`;
      return { status: 200, ...(next !== null && { headers: { link } }), body: items.map(shown) };
    }
    if (method === "POST" && isThread) return checkBody(body?.body) ?? created(put(store, self, String(body?.body)));
    if (found === undefined) return refusal(404, "Not Found");
    if (method === "DELETE") {
      store.splice(store.indexOf(found), 1);
      return { status: 204 };
    }
    const problem = checkBody(body?.body);
    if (problem !== null) return problem;
    found.body = String(body?.body);
    return { status: 200, body: shown(found) };
  },
};

function checkBody(body: unknown): Reply | null {
  if (typeof body !== "string" || body.trim() === "") return refusal(422, "Validation Failed: body is blank");
  if (body.length <= 65_536) return null;
  return refusal(422, "Validation Failed: body is too long (maximum is 65536 characters)");
}

const refusal = (status: number, message: string): Reply => ({ status, body: { message } });
const created = (stored: Stored): Reply => ({ status: 201, body: shown(stored) });

function shown({ id, author, body }: Stored): object {
  const at = "2026-11-25T10:00:00Z";
  const home = "https://github.example/repos/acme/shop/issues";
  return {
    id,
    node_id: `IC_${id}`,
    url: `${home}/comments/${id}`,
    html_url: `https://github.example/acme/shop/pull/12#issuecomment-${id}`,
    issue_url: `${home}/12`,
    body,
    user: userOf(author),
    created_at: at,
    updated_at: at,
    author_association: "MEMBER",
  };
}

function userOf(id: number): object {
  const home = `https://github.example/users/u${id}`;
  const addresses = [
    "html_url",
    "followers_url",
    "following_url",
    "gists_url",
    "starred_url",
    "subscriptions_url",
    "organizations_url",
    "repos_url",
    "events_url",
    "received_events_url",
  ];
  return {
    login: `u${id}`,
    id,
    node_id: `U_${id}`,
    avatar_url: home,
    gravatar_id: "",
    url: home,
    ...Object.fromEntries(addresses.map((name) => [name, home])),
    type: id === self ? "Bot" : "User",
    site_admin: false,
  };
}

const aboutUser = {
  name: null,
  company: null,
  blog: null,
  location: null,
  email: null,
  hireable: null,
  bio: null,
  public_repos: 0,
  public_gists: 0,
  followers: 0,
  following: 0,
  created_at: "2020-01-01T00:00:00Z",
  updated_at: "2020-01-01T00:00:00Z",
};
