import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readHeader } from "../../../policies/comment/header.js";
import { reportPullRequest } from "../../../policies/report/pullRequest.js";
import { firebreak, type Said } from "../terminal.js";
import { bodyOf, calmDecision, decisionOf, largeBody } from "./bodies.js";
import { githubSite } from "./githubSite.js";
import { gitlabSite } from "./gitlabSite.js";
import { person, put, type Site, self, startSite, token } from "./site.js";

describe.each([githubSite, gitlabSite])("firebreak comment $name", (kind) => {
  const update = kind.name === "github" ? "PATCH" : "PUT";
  let site: Site;
  let cwd: string;

  beforeEach(async () => {
    cwd = mkdtempSync(join(tmpdir(), "firebreak-comment-"));
    site = await startSite(kind);
  });
  afterEach(async () => {
    await site.close();
    expect(site.problems()).toEqual([]);
  });

  async function post(body: string, run?: number, ...args: string[]): Promise<Said> {
    const file = `body-${run ?? 0}-${args.join("-").replace(/\W/g, "")}.md`;
    writeFileSync(join(cwd, file), body);
    const said = await firebreak(["comment", kind.name, "--body", file, "--settle", "0.01s", ...args], {
      cwd,
      env: kind.env(site.url, run),
    });
    expect(said.out + said.err).not.toContain(token);
    return said;
  }
  const said = async (body: string, run?: number, ...args: string[]): Promise<string> => {
    const { code, out, err } = await post(body, run, ...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return out.trim();
  };
  const bodies = (): string[] => site.store.map((c) => c.body);

  it("keeps the comment of a stack of 500 resources under the limit, in place over five runs that end out of order", async () => {
    const ids = new Set<number>();
    const warningOf = () => /\| run \d/.exec(bodies()[0] ?? "")?.[0];
    const said1 = await said(largeBody(1), 1);
    expect(said1).toMatch(/^(acme\/shop#12|34!12), shop\/dev: comment created/);
    for (const run of [2, 4, 3, 5]) {
      const out = await said(largeBody(run), run);
      expect(out).toContain(run === 3 ? "the comment is of a later run" : "comment updated");
      expect(site.store).toHaveLength(1);
      expect(warningOf()).toBe(`| run ${run === 3 ? 4 : run}`);
      for (const { id } of site.store) ids.add(id);
    }
    expect(ids.size).toBe(1);
    const [body = ""] = bodies();
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(kind.limit);
    expect(readHeader(body)?.header).toMatchObject({ project: "shop", stack: "dev", changes: 500 });
    expect(body).toContain("**500 changes**, verdict **pass**");
    expect(body.includes("*Shortened to 65,536 bytes: ")).toBe(kind.name === "github");
    expect(body.match(/<details>/g)?.length).toBe(body.match(/<\/details>/g)?.length);
    // All that was sent fitted, and only what had to be sent was.
    expect(site.exchanges.filter(({ status }) => status >= 300)).toEqual([]);
    const [{ id } = { id: 0 }] = site.store;
    expect(site.writes).toEqual(["POST", `${update} ${id}`, `${update} ${id}`, `${update} ${id}`]);
  });

  it("sends the same text of the same run once, and of a later run only its place in the order", async () => {
    await said(bodyOf(1), 1);
    const [first = ""] = bodies();
    expect(await said(bodyOf(1), 1)).toContain("the comment says so already");
    expect(site.writes).toEqual(["POST"]);
    await said(bodyOf(1), 2);
    const [second = ""] = bodies();
    expect(readHeader(second)?.rest).toBe(readHeader(first)?.rest);
    // So that a run between the two that ends late changes nothing.
    expect(await said(bodyOf(7), 1)).toContain("of a later run");
    expect(bodies()).toEqual([second]);
  });

  it("says that a risk is reverted when its changes vanish, also in later runs, and no more when changes come back", async () => {
    await said(bodyOf(1), 1);
    for (const run of [2, 3]) {
      await said(reportPullRequest({ decision: calmDecision(run) }), run);
      expect(bodies()[0]).toContain(
        "**Risk reverted:** the change that was shown here is no longer needed.\n\n### Firebreak",
      );
    }
    await said(bodyOf(4), 4);
    expect(bodies()[0]).not.toContain("Risk reverted");
    expect(site.store).toHaveLength(1);
  });

  it("posts nothing where there is nothing to say and nothing was said", async () => {
    const body = reportPullRequest({ decision: calmDecision(1) });
    expect(await said(body, 1)).toContain("nothing to say, and no comment to update");
    expect(site.writes).toEqual([]);
  });

  it("does not call a risk reverted that is only no longer planned for", async () => {
    await said(bodyOf(1), 1);
    const failing = calmDecision(2, { verdicts: decisionOf(2).verdicts.map((v) => ({ ...v, withChanges: "fail" })) });
    await said(reportPullRequest({ decision: failing }), 2);
    expect(bodies()[0]).not.toContain("Risk reverted");
    expect(bodies()[0]).toContain("verdict **fail**");
  });

  it("keeps one comment for each stack of a matrix, posted at the same time", async () => {
    const stacks = ["dev", "prod-eu", "prod-us"];
    const body = (stack: string, run: number) => bodyOf(run, { boundTo: { project: "shop", stack } });
    for (const run of [1, 2]) await Promise.all(stacks.map((stack) => said(body(stack, run), run, "--stack", stack)));
    const headers = bodies().map((text) => readHeader(text)?.header);
    expect(headers.map((h) => h?.stack).sort()).toEqual(stacks);
    for (const text of bodies()) expect(text).toContain("| run 2 |");
  });

  it("takes project and stack from flags for a text of another tool", async () => {
    const { code, err } = await post("# Costs\n\nnothing", 1);
    expect(code).toBe(2);
    expect(err).toContain("--project, --stack: ");
    await said("# Costs\n\nnothing", 1, "--project", "costs", "--stack", "dev");
    expect(await said("# Costs\n\n+ 3 %", 2, "--project", "costs", "--stack", "dev")).toContain("comment updated");
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]).toContain("+ 3 %");
  });

  it("merges the comments of two first runs at once: that of the later run stays", async () => {
    // Both look before either writes.
    let looked = 0;
    const both = new Promise<void>((done) => {
      site.before = ({ method }) => {
        if (method === "GET" && ++looked === 2) done();
        return undefined;
      };
    });
    const results = await Promise.all([said(bodyOf(1), 1), both.then(() => said(bodyOf(2), 2))]);
    expect(results.join()).toMatch(/created|updated/);
    expect(site.store).toHaveLength(1);
    expect(bodies()[0]).toContain("| run 2 |");
  });

  it("merges duplicates that are there, and touches neither other stacks nor what people wrote", async () => {
    const header = (run: number, stack = "dev") => bodyOf(run, { boundTo: { project: "shop", stack } });
    put(site.store, person, "looks good to me");
    put(site.store, self, header(1));
    put(site.store, self, header(3));
    put(site.store, self, header(2));
    put(site.store, self, header(1, "prod"));
    put(site.store, self, "made by another tool of ours");
    put(site.store, person, "internal");
    // Somebody pretends that a run of the far future was there.
    const forged = put(
      site.store,
      person,
      header(999).replace('"changes"', '"order":{"source":"given","at":[9]},"changes"'),
    );
    const out = await said(bodyOf(4), undefined);
    expect(out).toContain("(2 of the same stack deleted)");
    expect(bodies().filter((text) => text.includes('"stack":"dev"'))).toHaveLength(2);
    expect(forged.body).toContain("| run 999 |");
    expect(site.store.filter((c) => c.author === self && c.body.includes("| run 4 |"))).toHaveLength(1);
    expect(site.store).toHaveLength(6);
  });

  it("deletes older duplicates also where a later run's comment stays as it is", async () => {
    put(site.store, self, bodyOf(1));
    const later = put(site.store, self, bodyOf(5));
    expect(await said(bodyOf(3))).toContain("of a later run");
    expect(site.store).toEqual([later]);
  });

  it("writes again where an earlier run wrote over it, and leaves a later run's text that came in between", async () => {
    await said(bodyOf(1), 1);
    const [comment] = site.store;
    const other = (run: number) => bodyOf(run).replace('"changes"', `${orderOf(run)},"changes"`);
    for (const [run, between, final] of [
      [5, 4, 5],
      [6, 8, 8],
    ] as const) {
      let once = false;
      site.before = ({ method }, handle) => {
        if (method !== update || once || comment === undefined) return undefined;
        once = true;
        const reply = handle();
        comment.body = other(between);
        return reply;
      };
      await said(bodyOf(run), run);
      expect(bodies()[0]).toContain(`| run ${final} |`);
    }
    expect(site.store).toHaveLength(1);
  });

  function orderOf(run: number): string {
    const [source, at] = kind.name === "github" ? ["github", [9_000_000 + run, 1]] : ["gitlab", [run]];
    return `"order":${JSON.stringify({ source, at })}`;
  }

  it("finds its comment among many, on the last page", async () => {
    for (let i = 0; i < 130; i++) put(site.store, person, i % 7 === 0 ? "internal" : `comment ${i}`, i % 5 === 0);
    put(site.store, self, bodyOf(1));
    for (let i = 0; i < 130; i++) put(site.store, person, `later comment ${i}`);
    expect(await said(bodyOf(2), 2)).toContain("comment updated");
    expect(site.writes).toHaveLength(1);
  });

  it("orders runs by a number of its own, by that of the pipeline, else by the time of the decision", async () => {
    await said(bodyOf(5), undefined, "--run-order", "12.2");
    expect(await said(bodyOf(6), undefined, "--run-order", "12.1")).toContain("of a later run");
    expect(await said(bodyOf(4), undefined, "--run-order", "12.10")).toContain("comment updated");
    // Numbers of two kinds say nothing of each other.
    expect(await said(bodyOf(3), 99)).toContain("of a later run");
    expect(await said(bodyOf(5), 1)).toContain("comment updated");
    expect(await said(bodyOf(4))).toContain("of a later run");
    expect(await said(bodyOf(6))).toContain("comment updated");
  });

  describe("a site that will not answer", () => {
    it("waits as it is told where the rate is limited, also to make a comment", async () => {
      let refused = 0;
      site.before = ({ method }) =>
        method !== "GET" && refused++ < 2
          ? { status: kind.name === "github" && refused === 1 ? 403 : 429, headers: { "retry-after": "0" }, body: {} }
          : undefined;
      expect(await said(bodyOf(1), 1)).toContain("comment created");
      expect(refused).toBe(3);
      expect(site.store).toHaveLength(1);
    });

    it("gives up at once where the wait is longer than its time, with the remedy", async () => {
      site.before = () => ({ status: 429, headers: { "retry-after": "3600" }, body: { message: "slow down" } });
      const { code, err } = await post(bodyOf(1), 1);
      expect(code).toBe(1);
      expect(err).toMatch(/answered 429 to GET .*slow down; it asks to wait 3600 s.*--timeout/s);
      expect(site.exchanges).toHaveLength(1);
    });

    it("asks again after a failure of the server", async () => {
      let failed = 0;
      site.before = () => (failed++ === 0 ? { status: 502 } : undefined);
      expect(await said(bodyOf(1), 1)).toContain("comment created");
    });

    it("makes no second comment where the answer to the first was lost", async () => {
      let lost = false;
      site.before = ({ method }, handle) => {
        if (method !== "POST" || lost) return undefined;
        lost = true;
        handle();
        return { status: 504, body: { message: "gateway" } };
      };
      expect(await said(bodyOf(1), 1)).toContain("the comment says so already");
      expect(site.store).toHaveLength(1);
    });

    it("takes a comment that somebody deleted meanwhile for what it is, and makes another", async () => {
      await said(bodyOf(1), 1);
      site.before = ({ method }) => {
        if (method === update) site.store.length = 0;
        return undefined;
      };
      expect(await said(bodyOf(2), 2)).toContain("comment created");
      expect(bodies()).toHaveLength(1);
    });

    it.each([
      [401, "the token is not valid, or has expired"],
      [403, "the token may not do that"],
      [404, "or the token cannot see it"],
      [301, "it moved to http://elsewhere.example/"],
      [422, "nothing was changed by this call"],
    ])("says what to do about %i", async (status, remedy) => {
      site.before = () => ({
        status,
        headers: { location: "http://elsewhere.example/" },
        body: { message: `no, ${token}` },
      });
      const { code, err } = await post(bodyOf(1), 1);
      expect(code).toBe(1);
      expect(err).toContain(`answered ${status} to GET`);
      expect(err).toContain(remedy);
      expect(site.exchanges).toHaveLength(1);
    });

    it("does not take a page of something else for an empty list", async () => {
      site.before = () => ({ status: 200, body: "<html>please log in</html>" });
      const { code, err } = await post(bodyOf(1), 1);
      expect(code).toBe(1);
      expect(err).toContain("something else than a list; check --api");
      site.exchanges.length = 0; // no such answer is described
    });

    it("ends within its time where nobody answers", async () => {
      const url = site.url;
      await site.close();
      writeFileSync(join(cwd, "b.md"), bodyOf(1));
      const { code, err } = await firebreak(["comment", kind.name, "--body", "b.md", "--timeout", "0.1s"], {
        cwd,
        env: kind.env(url, 1),
      });
      expect(code).toBe(1);
      expect(err).toMatch(/does not answer GET .*ECONNREFUSED.*--timeout/s);
      site = await startSite(kind);
    });
  });

  it("names all that is missing at once", async () => {
    writeFileSync(join(cwd, "b.md"), bodyOf(1));
    const { code, err } = await firebreak(["comment", kind.name, "--body", "b.md", "--api", "nowhere"], {
      cwd,
      env: {},
    });
    expect(code).toBe(2);
    const places =
      kind.name === "github"
        ? ["GITHUB_REPOSITORY", "--pull", "--api", "GITHUB_TOKEN"]
        : ["CI_PROJECT_ID", "CI_MERGE_REQUEST_IID", "--api", "GITLAB_TOKEN"];
    expect(err).toContain("4 problems");
    for (const place of places) expect(err).toContain(`  ${place}: `);
  });

  it("takes the token from a file, and place and number from flags", async () => {
    writeFileSync(join(cwd, "b.md"), bodyOf(1));
    writeFileSync(join(cwd, "token"), `${token}\n`);
    const args = ["--token-file", "token", "--repository", "acme/shop", "--pull", "12", "--api", site.url, "--json"];
    const { code, out } = await firebreak(["comment", kind.name, "--body", "b.md", "--settle", "0.01s", ...args], {
      cwd,
      env: {},
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ provider: kind.name, project: "shop", stack: "dev", outcome: "created" });
  });

  it.each([
    [["--body", "none.md"], "none.md cannot be read (ENOENT)"],
    [["--body", "empty.md"], "is empty"],
    [["--body", "b.md", "--run-order", "x"], "expected a number that grows with every run"],
    [["--body", "b.md", "--pull", "0"], "Expected a whole number from 1"],
    [[], "--body: no file is named"],
  ])("ends with 2 for %j", async (args, message) => {
    writeFileSync(join(cwd, "b.md"), bodyOf(1));
    writeFileSync(join(cwd, "empty.md"), " \n");
    const { code, err } = await firebreak(["comment", kind.name, ...args], { cwd, env: kind.env(site.url) });
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("firebreak comment github finds the pull request", () => {
  it.each([
    ["of a pull_request event", { pull_request: { number: 12 } }, 0],
    ["of a comment on it", { issue: { number: 12, pull_request: {} } }, 0],
    ["of a workflow_run event", { workflow_run: { pull_requests: [{ number: 12 }] } }, 0],
    ["never in a plain issue", { issue: { number: 12 } }, 2],
    ["never in a push", { ref: "refs/heads/main" }, 2],
    ["never in a broken event", null, 2],
  ])("%s", async (_, event, expected) => {
    const site = await startSite(githubSite);
    const cwd = mkdtempSync(join(tmpdir(), "firebreak-comment-"));
    writeFileSync(join(cwd, "event.json"), JSON.stringify(event));
    writeFileSync(join(cwd, "b.md"), bodyOf(1));
    const env = {
      ...githubSite.env(site.url, 1),
      GITHUB_REF: "refs/heads/main",
      GITHUB_EVENT_PATH: join(cwd, "event.json"),
    };
    const { code } = await firebreak(["comment", "github", "--body", "b.md", "--settle", "0.01s"], { cwd, env });
    await site.close();
    expect(code).toBe(expected);
    expect(site.store).toHaveLength(expected === 0 ? 1 : 0);
  });

  it("knows its own comments as a bot's where the token is told nothing about itself", async () => {
    const site = await startSite(githubSite);
    const cwd = mkdtempSync(join(tmpdir(), "firebreak-comment-"));
    site.before = ({ url }) =>
      url.pathname === "/user" ? { status: 403, body: { message: "by integration" } } : undefined;
    put(site.store, person, bodyOf(9));
    put(site.store, self, bodyOf(1));
    writeFileSync(join(cwd, "b.md"), bodyOf(2));
    const env = githubSite.env(site.url);
    const { out } = await firebreak(["comment", "github", "--body", "b.md", "--settle", "0.01s"], { cwd, env });
    await site.close();
    expect(out).toContain("comment updated");
    expect(site.store.map((c) => /run \d/.exec(c.body)?.[0])).toEqual(["run 9", "run 2"]);
  });
});
