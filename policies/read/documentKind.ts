import { stripVTControlCharacters } from "node:util";
import { InputError } from "../../input/problems.js";

/** A kind of file that people may give to `check`, by what only it has. */
interface DocumentKind {
  readonly name: string;
  readonly matches: (has: (key: string) => boolean, document: Readonly<Record<string, unknown>>) => boolean;
  /** What to do with it, or how to come by the right one. */
  readonly remedy: string;
}

const previewRemedy = "make a preview with `pulumi preview --json --show-sames > preview.json`";
const planRemedy = "save a plan with `pulumi preview --save-plan plan.json`";
const terraformRemedy = "`terraform plan -out plan.tfplan`, then `terraform show -json plan.tfplan > plan.json`";

/** In the order in which they are tried. */
const kinds = {
  decision: {
    name: "a Firebreak file",
    matches: (_has, { schema }) => typeof schema === "string" && schema.startsWith("firebreak."),
    remedy: "a decision goes with --decision, a baseline with --baseline",
  },
  pulumiPlan: {
    name: "a plan file of Pulumi",
    matches: (has) => has("resourcePlans"),
    remedy: "give it with --pulumi-plan",
  },
  pulumiState: {
    name: "a stack's exported state",
    matches: (has) => has("deployment") || has("checkpoint"),
    remedy: previewRemedy,
  },
  terraformPlan: {
    name: "a Terraform plan",
    matches: (has) => has("resource_changes") || has("planned_values"),
    remedy: "give it with --terraform-plan",
  },
  terraformState: {
    name: "a Terraform state",
    matches: (has) => has("terraform_version") || (has("format_version") && has("values")),
    remedy: terraformRemedy,
  },
  pulumiPreview: {
    name: "a Pulumi preview",
    matches: (has) => has("steps") || has("changeSummary"),
    remedy: "give it with --pulumi-preview",
  },
  engineEvents: {
    name: "an event of Pulumi's engine",
    matches: (has) => has("sequence") && has("timestamp"),
    remedy: `${previewRemedy}, with PULUMI_ENABLE_STREAMING_JSON_PREVIEW unset`,
  },
  terraformLog: {
    name: "a line of `terraform plan -json`, which is a log",
    matches: (has) => has("@level"),
    remedy: terraformRemedy,
  },
  topology: {
    name: "a topology",
    matches: (has) => has("nodes") && has("links"),
    remedy: "give it with --topology",
  },
  kubernetes: {
    name: "a Kubernetes object",
    matches: (has) => has("apiVersion") && has("kind"),
    remedy: "give its folder with --manifests",
  },
} as const satisfies Readonly<Record<string, DocumentKind>>;

const wanted = {
  pulumiPreview: { what: "the output of `pulumi preview --json`", remedy: previewRemedy },
  pulumiPlan: { what: "the file of `pulumi preview --save-plan`", remedy: planRemedy },
  terraformPlan: { what: "the output of `terraform show -json` of a saved plan", remedy: terraformRemedy },
} as const;

export type WantedKind = keyof typeof wanted;

/**
 * Makes sure that a document is of the wanted kind.
 * @throws InputError that says what it is instead, and what to do
 */
export function expectKind(document: unknown, kind: WantedKind, source: string): Readonly<Record<string, unknown>> {
  const { what, remedy } = wanted[kind];
  const refuse = (message: string) => new InputError(source, [{ place: "(top)", message }]);
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw refuse(`expected ${what}, a JSON object; ${remedy}`);
  }
  const object = document as Readonly<Record<string, unknown>>;
  const found = kindOf(object);
  if (found === kinds[kind]) return object;
  throw refuse(found ? `is ${found.name}, expected ${what}; ${found.remedy}` : `expected ${what}; ${remedy}`);
}

function kindOf(document: Readonly<Record<string, unknown>>): DocumentKind | undefined {
  const has = (key: string) => Object.hasOwn(document, key);
  return Object.values<DocumentKind>(kinds).find((kind) => kind.matches(has, document));
}

/** Beginnings of files that are no JSON at all, with what to say of them. */
const beginnings: readonly (readonly [string | RegExp, string])[] = [
  ["PK\u0003\u0004", `is a zip file, as \`terraform plan -out\` writes it: ${terraformRemedy}`],
  ["\u001f\u008b", "is compressed with gzip; unpack it first"],
  [/^\s*(Previewing update|View (in Browser|Live))/, `is a preview for people: ${previewRemedy}`],
  [/^\s*(Terraform will|Terraform used|Refreshing state|No changes)/, `is a plan for people: ${terraformRemedy}`],
  [/^\s*\{"sequence":/, `is a log of Pulumi's engine: ${kinds.engineEvents.remedy}`],
  [/^\s*\{"@level":/, `is the log of \`terraform plan -json\`: ${terraformRemedy}`],
  [/^(---|apiVersion:)/, "is YAML; a folder of Kubernetes manifests goes with --manifests"],
  [/^\s*</, "is a page or XML, no JSON: look at what made it"],
];

/** What a file is that is no JSON, as far as its beginning tells. */
export function describeBeginning(bytes: Buffer): string | undefined {
  const head = stripVTControlCharacters(bytes.toString("latin1", 0, 4096));
  const raw = bytes.toString("latin1", 0, 4);
  return beginnings.find(([start]) => (typeof start === "string" ? raw.startsWith(start) : start.test(head)))?.[1];
}
