import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { commands } from "../../cli/commands/index.js";
import { findSchemas } from "../testbed/schemas.js";
import { kubernetesType, kustomizationSchema, stackSchema } from "./customResources.js";

const root = resolve(fileURLToPath(import.meta.url), "../../..");
const files = [
  "action.yml",
  "examples/gitops/github-workflow.yml",
  "examples/gitops/gitlab-ci.yml",
  "examples/gitops/argocd-presync.yaml",
  "examples/gitops/flux-gate.yaml",
  "examples/gitops/pulumi-operator-stack.yaml",
] as const;
type File = (typeof files)[number];
const textOf = (file: string) => readFileSync(join(root, file), "utf8");
const documentsOf = (file: string): unknown[] =>
  parseAllDocuments(textOf(file), { merge: true }).map((document) => {
    expect(document.errors, file).toEqual([]);
    expect(document.warnings, file).toEqual([]);
    return document.toJS();
  });

describe("what a pipeline or operator is given", () => {
  it.each(files)("%s names verbs and flags that the command line has", async (file) => {
    const calls = callsIn(textOf(file));
    if (!file.endsWith("flux-gate.yaml") && !file.endsWith("workflow.yml")) expect(calls.length).toBeGreaterThan(0);
    for (const { verb, flags } of calls) {
      const found = commands.find(({ usage }) => usage.split(" ")[0] === verb);
      if (found === undefined) throw new Error(`${file}: there is no verb ${verb}`);
      const command = new Command(verb);
      (await found.load()).declare(command);
      const known = command.options.map((option) => option.long);
      for (const flag of flags) expect(known, `${file}: firebreak ${verb}`).toContain(flag);
    }
  });

  it.each(files)("%s puts nothing of the outside into a script but by the environment", (file) => {
    for (const script of scriptsIn(documentsOf(file))) expect(script).not.toContain("${{");
  });
});

/** Calls of Firebreak in a text, with their long flags, also over several lines and as a list of arguments. */
function callsIn(text: string): { readonly verb: string; readonly flags: readonly string[] }[] {
  const lines = text
    .replace(/^\s*#.*$/gm, "")
    .replace(/\\\n/g, " ")
    .replace(
      /command: \[firebreak\]\n\s*args: \[(.*)\]/g,
      (_, list: string) => `firebreak ${list.replace(/[",]/g, "")}`,
    );
  return [...lines.matchAll(/(?:npx |")?(?:firebreak|\$FIREBREAK)"? +([a-z]+)([^\n|;>]*)/g)]
    .filter(([, verb]) => commands.some(({ usage }) => usage.startsWith(`${verb}`)))
    .map(([, verb = "", rest = ""]) => ({ verb, flags: rest.match(/--[a-z-]+(?=[ =]|$)/g) ?? [] }));
}

/** Every text under `run`, `script`, `args` or `command`. */
function scriptsIn(value: unknown, key = ""): string[] {
  if (typeof value === "string") return /^(run|script|before_script|args|command)$/.test(key) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => scriptsIn(item, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => scriptsIn(inner, name));
}

const schemas = await findSchemas();
if ("missing" in schemas) {
  const why = `no published schemas: ${schemas.missing}`;
  if (process.env.CI === "true") it("has the published schemas", () => expect(why).toBe(""));
  else console.warn(`skipped: YAML against its schema: ${why}`);
} else {
  const { action, workflow, gitlabCi, kubernetes } = schemas;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const ajv2020 = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).addSchema(kubernetes);
  const job = kubernetesType("batch.v1.Job");
  const cases: readonly (readonly [File, object, breakIt: (document: Broken) => void])[] = [
    ["action.yml", action, (d) => delete d.runs.steps[0]?.shell],
    ["examples/gitops/github-workflow.yml", workflow, (d) => delete d.jobs.risk["runs-on"]],
    ["examples/gitops/gitlab-ci.yml", gitlabCi, (d) => Object.assign(d.risk, { parallel: "many" })],
    ["examples/gitops/argocd-presync.yaml", job, (d) => Object.assign(d.spec, { backOffLimit: 0 })],
    ["examples/gitops/flux-gate.yaml", kustomizationSchema, (d) => Object.assign(d.spec, { dependOn: [] })],
    [
      "examples/gitops/pulumi-operator-stack.yaml",
      stackSchema,
      (d) => Object.assign(d.spec.workspaceTemplate.spec.podTemplate.spec.initContainers[0] ?? {}, { mounts: [] }),
    ],
  ];

  describe("YAML against its published schema", () => {
    it.each(cases)("%s", (file, schema, breakIt) => {
      const is2020 = [job, stackSchema, kustomizationSchema].includes(schema);
      const validate = (is2020 ? ajv2020 : ajv).compile(schema);
      for (const document of documentsOf(file)) {
        expect(validate(document) ? [] : validate.errors).toEqual([]);
        // The schema tells a mistake: else it would hold nothing.
        breakIt(document as Broken);
        expect(validate(document)).toBe(false);
      }
    });
  });
}

/** As far as the mistakes reach. */
interface Broken {
  readonly runs: { readonly steps: { shell?: string }[] };
  readonly jobs: { readonly risk: Record<string, unknown> };
  readonly risk: object;
  readonly spec: {
    readonly workspaceTemplate: {
      readonly spec: { readonly podTemplate: { readonly spec: { initContainers: object[] } } };
    };
  };
}
