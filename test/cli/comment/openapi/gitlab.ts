import type { ApiDescription, Operation } from "./description.js";

const text = { type: "string" };
const whole = { type: "integer", minimum: 1 };
const path = (name: string, schema: object) => ({ name, in: "path", required: true, schema });
const query = (name: string, schema: object) => ({ name, in: "query", required: false, schema });
const ofRequest = [path("id", text), path("noteable_id", whole)];
const note = {
  type: "object",
  required: ["id", "body", "author", "system"],
  properties: { id: whole, body: text, author: { type: "object" }, system: { type: "boolean" } },
};
const sent = { type: "object", required: ["body"], properties: { body: { ...text, maxLength: 1_000_000 } } };

/**
 * The operations that we call, written from https://docs.gitlab.com/api/notes/ and https://docs.gitlab.com/api/users/.
 * GitLab's own OpenAPI description is in no package registry; the tests take it where `FIREBREAK_GITLAB_OPENAPI` names it.
 */
export const gitlabDescription: ApiDescription = {
  source: "written from GitLab's REST documentation",
  operations: [
    {
      method: "GET",
      path: "/projects/{id}/merge_requests/{noteable_id}/notes",
      parameters: [
        ...ofRequest,
        query("order_by", { enum: ["created_at", "updated_at"] }),
        query("sort", { enum: ["asc", "desc"] }),
        query("activity_filter", { enum: ["all_notes", "only_comments", "only_activity"] }),
        query("page", whole),
        query("per_page", { ...whole, maximum: 100 }),
      ],
      body: null,
      answers: { "200": { type: "array", items: note } },
    },
    {
      method: "POST",
      path: "/projects/{id}/merge_requests/{noteable_id}/notes",
      parameters: ofRequest,
      body: sent,
      answers: { "201": note },
    },
    {
      method: "PUT",
      path: "/projects/{id}/merge_requests/{noteable_id}/notes/{note_id}",
      parameters: [...ofRequest, path("note_id", whole)],
      body: sent,
      answers: { "200": note },
    },
    {
      method: "DELETE",
      path: "/projects/{id}/merge_requests/{noteable_id}/notes/{note_id}",
      parameters: [...ofRequest, path("note_id", whole)],
      body: null,
      answers: { "204": null },
    },
    {
      method: "GET",
      path: "/user",
      parameters: [],
      body: null,
      answers: { "200": { type: "object", required: ["id"], properties: { id: whole } } },
    },
  ] satisfies Operation[],
};
