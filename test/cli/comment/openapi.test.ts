import { describe, expect, it } from "vitest";
import { checkExchange, type Exchange, githubDescription, gitlabApi } from "./openapi/description.js";

const notes = "/api/v4/projects/34/merge_requests/12/notes";
const comments = "/repos/acme/shop/issues/12/comments";

/** The check that the tests of comments rely on finds what is wrong: nothing here may pass. */
describe.each([
  ["github", githubDescription, "", comments],
  ["gitlab", gitlabApi(), "/api/v4", notes],
])("the description of %s", (_, description, base, path) => {
  it.each<[string, Partial<Exchange> & { readonly at?: string }]>([
    ["an unknown path", { at: `${path}s` }],
    ["an unknown method", { method: "PATCH" }],
    ["an unknown parameter", { at: `${path}?perpage=100` }],
    ["a parameter of another type", { at: `${path}?page=first` }],
    ["a number that is none", { at: path.replace("12", "twelve") }],
    ["a body where none belongs", { body: { body: "x" } }],
    ["no body", { method: "POST", status: 201 }],
    ["a body without text", { method: "POST", status: 201, body: {} }],
    ["a text that is none", { method: "POST", status: 201, body: { body: 1 } }],
    ["a misspelt field", { method: "POST", status: 201, body: { body: "x", boddy: "x" } }],
  ])("finds %s", (_what, { at = path, ...given }) => {
    const url = new URL(at, "http://site");
    const exchange = { method: "GET", status: 404, answer: null, body: undefined, ...given, url };
    expect(checkExchange(description, { ...exchange, status: 404 }, base)).not.toEqual([]);
  });

  it("lets the calls through that it describes", () => {
    const url = new URL(`${path}?per_page=100&page=2`, "http://site");
    const get = { method: "GET", status: 200, answer: [], body: undefined, url };
    expect(checkExchange(description, get, base)).toEqual([]);
    const post = { method: "POST", status: 403, answer: null, body: { body: "x" }, url: new URL(path, "http://site") };
    expect(checkExchange(description, post, base)).toEqual([]);
  });
});
