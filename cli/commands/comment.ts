import { resolve } from "node:path";
import { InputError } from "../../input/problems.js";
import { type CommentHeader, readHeader } from "../../policies/comment/header.js";
import type { FreshComment } from "../../policies/comment/place.js";
import type { Call, Command } from "../command.js";
import { type Posted, postComment } from "../comment/post.js";
import { providers } from "../comment/providers.js";
import { parseOrder } from "../comment/settings.js";
import { duration, wholeNumber } from "../flags.js";
import { printJson } from "../output.js";
import { readFlagFile } from "../token.js";

export const comment: Command = {
  declare: (command) =>
    command
      .option("--body <file>", "Markdown to post, as `preview --comment` writes it")
      .option("--pull <n>", "pull or merge request (default: the one that the pipeline runs for)", wholeNumber(1))
      .option("--repository <name>", "repository or project (default: the pipeline's)")
      .option("--project <name>", "project that the comment is about (default: the body's own)")
      .option("--stack <name>", "stack that the comment is about (default: the body's own)")
      .option("--run-order <n>", "number that grows with every run, such as 12.1 (default: the pipeline's)")
      .option("--token-file <file>", "file with the token (default: GITHUB_TOKEN or GITLAB_TOKEN)")
      .option("--api <url>", "address of the API (default: the pipeline's)")
      .option("--timeout <duration>", "longest time to take in all (default: 90s)", duration)
      .option("--settle <duration>", "wait before looking whether another run wrote too (default: 1s)", duration)
      .option("--json", "print one JSON document"),
  run: async (call) => {
    const { terminal, args, flags } = call;
    const provider = providers.find(({ name }) => name === args[0]);
    if (provider === undefined) {
      const known = providers.map(({ name }) => name).join(" or ");
      throw new InputError("comment", [{ place: "comment", message: `${args[0]} is not known; expected ${known}` }]);
    }
    const body = readBody(call);
    const thread = provider.open({
      env: terminal.env,
      api: flags.api as string | undefined,
      repository: flags.repository as string | undefined,
      pull: flags.pull as number | undefined,
      tokenFile: flags.tokenFile === undefined ? undefined : resolve(terminal.cwd, String(flags.tokenFile)),
      deadline: Date.now() + ((flags.timeout as number | undefined) ?? 90) * 1000,
    });
    const order = flags.runOrder === undefined ? thread.order : parseOrder(String(flags.runOrder));
    const fresh: FreshComment = { header: { ...body.header, order }, rest: body.rest };
    const posted = await postComment(thread, fresh, {
      limit: provider.limit,
      settle: (flags.settle as number | undefined) ?? 1,
    });
    const { project, stack } = fresh.header;
    if (flags.json) printJson(terminal, { provider: provider.name, place: thread.title, project, stack, ...posted });
    else terminal.out(`${thread.title}, ${project}/${stack}: ${describe(posted)}\n`);
    return undefined;
  },
};

/** The text, and what it is about: by its own header, which `--project` and `--stack` overrule. */
function readBody({ terminal, flags }: Call): { readonly header: CommentHeader; readonly rest: string } {
  if (flags.body === undefined) {
    const message = "no file is named; give the one that `firebreak preview --comment FILE` wrote";
    throw new InputError("comment", [{ place: "--body", message }]);
  }
  const file = resolve(terminal.cwd, String(flags.body));
  const text = readFlagFile("--body", file).toString("utf8");
  if (text.trim() === "") {
    throw new InputError("--body", [{ place: file, message: "is empty; write it with `firebreak preview --comment`" }]);
  }
  const own = readHeader(text);
  const project = (flags.project as string | undefined) ?? own?.header.project;
  const stack = (flags.stack as string | undefined) ?? own?.header.stack;
  if (project === undefined || stack === undefined) {
    const message = "says nothing of its project and stack; write it with `firebreak preview --comment`, or give both";
    throw new InputError("--body", [{ place: "--project, --stack", message: `${file} ${message}` }]);
  }
  return { header: { ...own?.header, project, stack }, rest: own?.rest ?? text };
}

function describe({ outcome, url, merged }: Posted): string {
  const words: Readonly<Record<Posted["outcome"], string>> = {
    created: "comment created",
    updated: "comment updated",
    unchanged: "the comment says so already",
    outdated: "left as it is: the comment is of a later run",
    nothing: "nothing to say, and no comment to update",
  };
  const what = url === null ? words[outcome] : `${words[outcome]}: ${url}`;
  return merged === 0 ? what : `${what} (${merged} of the same stack deleted)`;
}
