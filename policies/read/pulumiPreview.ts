import { sortBy } from "../../graph/order.js";
import { type Problem, throwProblems } from "../../input/problems.js";
import type { Operation, PlannedResource, PlannedStack } from "../types.js";
import { parseUrn, type Urn } from "../urn.js";
import type { PropertyMap } from "../values.js";
import { oneStack } from "./oneStack.js";
import { kindOfValue, objectOf, readPlanDocument } from "./planDocument.js";
import { coverPulumi, isMarked } from "./pulumiValue.js";
import { readSourcePosition } from "./sourcePosition.js";

/** What each step of the engine does to a resource; other steps (reads, discards) concern what the stack does not manage. */
const operations: Readonly<Record<string, Operation>> = {
  create: "create",
  import: "create",
  update: "update",
  same: "same",
  refresh: "same",
  delete: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "import-replacement": "replace",
  "delete-replaced": "replace",
  "remove-pending-replace": "replace",
};

/** One resource while its steps are gathered. */
interface Draft {
  readonly urn: string;
  readonly parts: Urn;
  /** Place of the step that alone says what becomes of the resource; a replacement and a refresh take several. */
  only?: string;
  operation?: Operation;
  before?: PropertyMap;
  after?: PropertyMap;
  protect?: boolean;
  ignoreChanges?: readonly string[];
  position?: string;
}

/**
 * Reads the output of `pulumi preview --json`. Secrets and unknowns are covered, what resources put out is left out.
 * @throws InputError with every problem; none shows a value
 */
export function readPulumiPreview(bytes: Buffer, source: string): PlannedStack {
  const drafts = new Map<string, Draft>();
  const problems: Problem[] = [];
  let same = 0;
  const document = readPlanDocument(bytes, source, "pulumiPreview", {
    steps: (step, index) => {
      const place = `steps[${index}]`;
      if (objectOf(step)?.op === "same") same++;
      takeStep(drafts, step, place, problems);
    },
  });
  problems.push(...wrongMembers(document));
  throwProblems(source, problems);
  const { project, stack } = oneStack(
    [...drafts.values()].map(({ parts }) => parts),
    source,
  );
  return {
    source: "pulumi",
    project,
    stack,
    resources: sortBy([...drafts.values()].flatMap(resourceOf), ({ address }) => address),
    warnings: warningsOf(document, same),
  };
}

function takeStep(drafts: Map<string, Draft>, value: unknown, place: string, problems: Problem[]): void {
  const step = objectOf(value) ?? {};
  const wrong = wrongIn(value, step);
  if (wrong !== null) {
    const { at, found, expected } = wrong;
    const message = `is ${kindOfValue(found)}, expected ${expected}; make the preview again`;
    problems.push({ place: `${place}${at}`, message });
    return;
  }
  const [op, urn] = [step.op as string, step.urn as string];
  const states = { old: objectOf(step.oldState), new: objectOf(step.newState) };
  const operation = Object.hasOwn(operations, op) ? operations[op] : undefined;
  // What was replaced earlier and is only now removed says nothing about the resource.
  if (operation === undefined || (operation === "delete" && states.old?.delete === true)) return;
  const draft = drafts.get(urn) ?? { urn, parts: parseUrn(urn)! };
  drafts.set(urn, draft);
  const decides = operation !== "replace" && op !== "refresh";
  if (decides && draft.only !== undefined) {
    const message = `is the resource of ${draft.only}, too: two resources have one URN; give one another name`;
    problems.push({ place: `${place}.urn`, message });
    return;
  }
  if (decides) draft.only = place;
  merge(draft, operation, op === "refresh", states);
}

function wrongIn(value: unknown, step: PropertyMap): { at: string; found: unknown; expected: string } | null {
  if (objectOf(value) === undefined) return { at: "", found: value, expected: "an object" };
  if (typeof step.op !== "string") return { at: ".op", found: step.op, expected: "text" };
  if (typeof step.urn !== "string" || parseUrn(step.urn) === null) {
    return { at: ".urn", found: step.urn, expected: "a URN" };
  }
  for (const key of ["oldState", "newState"] as const) {
    const state = step[key] ?? {};
    if (objectOf(state) === undefined) return { at: `.${key}`, found: state, expected: "an object" };
    const inputs = objectOf(state)?.inputs ?? {};
    if (objectOf(inputs) === undefined || isMarked(inputs)) {
      return { at: `.${key}.inputs`, found: inputs, expected: "an object" };
    }
  }
  return null;
}

function merge(
  draft: Draft,
  operation: Operation,
  refresh: boolean,
  states: { readonly old?: PropertyMap; readonly new?: PropertyMap },
): void {
  if (draft.operation !== "replace" && !(refresh && draft.operation)) draft.operation = operation;
  if (states.old) draft.before = inputsOf(states.old);
  if (states.new) {
    draft.after = inputsOf(states.new);
    const { ignoreChanges, sourcePosition } = states.new;
    if (Array.isArray(ignoreChanges)) draft.ignoreChanges = ignoreChanges.filter((path) => typeof path === "string");
    if (typeof sourcePosition === "string") draft.position = sourcePosition;
  }
  const protect = states.new?.protect ?? states.old?.protect;
  if (protect === true) draft.protect = true;
}

function inputsOf({ inputs }: PropertyMap): PropertyMap {
  return objectOf(coverPulumi(inputs)) ?? {};
}

function resourceOf(draft: Draft): PlannedResource[] {
  const { urn, parts, operation, before, after, protect, ignoreChanges, position } = draft;
  if (operation === undefined) return [];
  const place = position === undefined ? undefined : readSourcePosition(position);
  return [
    {
      address: urn,
      type: parts.type,
      name: parts.name,
      operation,
      ...(before && operation !== "create" && { before }),
      ...(after && operation !== "delete" && { after }),
      ...(protect && { protect }),
      ...(ignoreChanges && ignoreChanges.length > 0 && { ignoreChanges }),
      ...(place && { place }),
    },
  ];
}

/** A preview that stopped at an error does not show all that is planned. */
function wrongMembers({ steps, diagnostics }: Readonly<Record<string, unknown>>): Problem[] {
  const problems: Problem[] = [];
  if (steps !== undefined && steps !== null && !Array.isArray(steps)) {
    problems.push({ place: "steps", message: `is ${kindOfValue(steps)}, expected a list; make the preview again` });
  }
  const list = Array.isArray(diagnostics) ? diagnostics : [];
  const errors = list.filter((entry) => objectOf(entry)?.severity === "error").length;
  if (errors > 0) {
    const message = `the preview ended with ${errors} errors, so it does not show all that is planned; mend them and make it again`;
    problems.push({ place: "diagnostics", message });
  }
  return problems;
}

function warningsOf({ changeSummary }: Readonly<Record<string, unknown>>, shown: number): string[] {
  const all = objectOf(changeSummary)?.same;
  if (typeof all !== "number" || all <= shown) return [];
  return [
    `${all - shown} unchanged resources are not in the preview and were not judged; show them with \`pulumi preview --json --show-sames\``,
  ];
}
