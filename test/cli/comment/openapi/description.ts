import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";
import { gitlabDescription } from "./gitlab.js";

/** The operations of an API that we call, with their schemas. */
export interface ApiDescription {
  readonly source: string;
  readonly operations: readonly Operation[];
}

export interface Operation {
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: object;
  }[];
  /** JSON schema of what is sent; null where nothing is. */
  readonly body: object | null;
  /** By status: JSON schema of what comes back; null where nothing does, or nothing is said of it. */
  readonly answers: Readonly<Record<string, object | null>>;
}

/** One request as a server saw it, with the answer that it gave. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
}

export const githubDescription = JSON.parse(
  readFileSync(new URL("github.json", import.meta.url), "utf8"),
) as ApiDescription;

/** GitLab's own file where `FIREBREAK_GITLAB_OPENAPI` names it, else what we wrote from its documentation. */
export function gitlabApi(file = process.env.FIREBREAK_GITLAB_OPENAPI): ApiDescription {
  return file === undefined ? gitlabDescription : readOpenApi(file, gitlabDescription);
}

/** Lists what is wrong with an exchange, request and answer; empty where both are as described. */
export function checkExchange({ operations }: ApiDescription, exchange: Exchange, base: string): string[] {
  const { method, url, body, status, answer } = exchange;
  const path = url.pathname.slice(base.length);
  const found = operations.find((o) => o.method === method && patternOf(o.path).test(path));
  if (found === undefined) return [`${method} ${path} is not described`];
  const problems: string[] = [];
  const names = [...found.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const values = patternOf(found.path).exec(path)?.slice(1).map(decodeURIComponent) ?? [];
  const given = new Map<string, string>([
    ...names.map((name, i): [string, string] => [`path ${name}`, values[i] ?? ""]),
    ...[...url.searchParams].map(([name, value]): [string, string] => [`query ${name}`, value]),
  ]);
  const known = new Map(found.parameters.map((p) => [`${p.in} ${p.name}`, p]));
  for (const [key, value] of given) {
    const parameter = known.get(key);
    if (parameter === undefined) problems.push(`${key} is not described`);
    else problems.push(...errorsOf(parameter.schema, value, key, true));
  }
  for (const [key, { required }] of known) if (required && !given.has(key)) problems.push(`${key} is missing`);
  if (found.body === null && body !== undefined) problems.push("a body is sent where none is described");
  if (found.body !== null) problems.push(...errorsOf(strict(found.body), body, "body"));
  const expected = found.answers[String(status)];
  if (expected !== undefined && expected !== null && status < 300) {
    problems.push(...errorsOf(expected, answer, `answer ${status}`));
  }
  return problems;
}

const coercing = new Ajv({ strict: false, coerceTypes: true, validateFormats: false });
const exact = new Ajv({ strict: false, validateFormats: false });
const compiled = new Map<object, ValidateFunction>();

function errorsOf(schema: object, value: unknown, place: string, isText = false): string[] {
  const ajv = isText ? coercing : exact;
  const validate = compiled.get(schema) ?? ajv.compile(nullables(schema) as object);
  compiled.set(schema, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((e) => `${place}${e.instancePath}: ${e.message}`);
}

/** A misspelt field of ours is an error, whatever the description lets through. */
function strict(schema: object): object {
  return { ...schema, additionalProperties: false };
}

/** OpenAPI 3.0 writes `nullable` where JSON Schema has a type "null"; an enumeration then lacks null. */
function nullables(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nullables);
  if (typeof value !== "object" || value === null) return value;
  const { nullable, ...rest } = value as { readonly nullable?: unknown };
  const inner = Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, nullables(part)]));
  return nullable === true ? { anyOf: [inner, { type: "null" }] } : inner;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "([^/]+)")}$`);
}

/** The operations of a whole OpenAPI 3 file, of the same methods and paths as `wanted`. */
function readOpenApi(file: string, wanted: ApiDescription): ApiDescription {
  type Json = Record<string, unknown>;
  const root = parse(readFileSync(file, "utf8"), { maxAliasCount: -1 }) as Json;
  const operations = wanted.operations.map(({ method, path }): Operation => {
    const full = ((root.paths as Json)[`/api/v4${path}`] as Json)[method.toLowerCase()] as {
      readonly parameters?: Operation["parameters"];
      readonly requestBody?: {
        readonly content: { readonly "application/json": { readonly schema: { $ref: string } } };
      };
    };
    const reference = full.requestBody?.content["application/json"].schema.$ref.split("/").at(-1);
    const bodies = (root.components as { readonly schemas: Readonly<Record<string, object>> }).schemas;
    return {
      method,
      path,
      parameters: full.parameters ?? [],
      body: reference === undefined ? null : (bodies[reference] ?? {}),
      answers: {},
    };
  });
  return { source: file, operations };
}
