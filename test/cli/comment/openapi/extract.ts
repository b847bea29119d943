// Makes github.json beside this file: the operations that we call, out of GitHub's OpenAPI description.
//   npx tsx test/cli/comment/openapi/extract.ts
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ApiDescription, Operation } from "./description.js";

/** https://www.npmjs.com/package/@octokit/openapi, MIT; made from https://github.com/github/rest-api-description, MIT. */
const source = "@octokit/openapi@23.0.2";
const wanted: readonly (readonly [method: string, path: string])[] = [
  ["get", "/repos/{owner}/{repo}/issues/{issue_number}/comments"],
  ["post", "/repos/{owner}/{repo}/issues/{issue_number}/comments"],
  ["patch", "/repos/{owner}/{repo}/issues/comments/{comment_id}"],
  ["delete", "/repos/{owner}/{repo}/issues/comments/{comment_id}"],
  ["get", "/user"],
];

type Json = Record<string, unknown>;

/** A copy with references put in place, without what is for people. Only what the path down here does not repeat. */
function resolved(value: unknown, root: Json, within: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, root, within));
  if (typeof value !== "object" || value === null) return value;
  const { $ref: ref } = value as { readonly $ref?: string };
  if (ref !== undefined) {
    if (within.includes(ref)) return {};
    const target = ref
      .slice(2)
      .split("/")
      .reduce<unknown>((at, key) => (at as Json)[key.replace(/~1/g, "/").replace(/~0/g, "~")], root);
    return resolved(target, root, [...within, ref]);
  }
  const kept = Object.entries(value).filter(([key]) => !/^(description|examples?|title|externalDocs|x-.*)$/.test(key));
  const isProperties = within.at(-1) === "properties";
  return Object.fromEntries(
    (isProperties ? Object.entries(value) : kept).map(([key, inner]) => [
      key,
      resolved(inner, root, [...within.filter((w) => w !== "properties"), ...(key === "properties" ? [key] : [])]),
    ]),
  );
}

const folder = mkdtempSync(join(tmpdir(), "firebreak-openapi-"));
try {
  const file = execFileSync("npm", ["pack", "--silent", source], { cwd: folder, encoding: "utf8" }).trim();
  const inner = "package/generated/api.github.com.json";
  execFileSync("tar", ["xzf", file, inner], { cwd: folder });
  const root = JSON.parse(readFileSync(join(folder, inner), "utf8")) as Json;
  const operations = wanted.map(([method, path]): Operation => {
    const operation = resolved(((root.paths as Json)[path] as Json)[method], root) as {
      readonly parameters?: Operation["parameters"];
      readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: object } } };
      readonly responses: Readonly<Record<string, { readonly content?: { "application/json"?: { schema: object } } }>>;
    };
    return {
      method: method.toUpperCase(),
      path,
      parameters: (operation.parameters ?? []).map(({ name, in: where, required, schema }) => ({
        name,
        in: where,
        required: required === true,
        schema,
      })),
      body: operation.requestBody?.content["application/json"].schema ?? null,
      answers: Object.fromEntries(
        Object.entries(operation.responses)
          .filter(([status]) => status.startsWith("2"))
          .map(([status, { content }]) => [status, content?.["application/json"]?.schema ?? null]),
      ),
    };
  });
  const description: ApiDescription = { source: `${source} (MIT, © Octokit contributors and GitHub)`, operations };
  const made = fileURLToPath(new URL("github.json", import.meta.url));
  writeFileSync(made, JSON.stringify(description));
  execFileSync("npx", ["biome", "format", "--write", made]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
