import type { Decision, Refusal } from "../planner/types.js";
import { decideProps } from "./decideProps.js";
import { leftAloneIn } from "./decisionSource.js";
import type { RegisteredResource } from "./renderProgram.js";
import { stackChangeOf } from "./stackChange.js";

/**
 * What a program's resources become with a decision, without an engine: the same `decideProps` that the transform calls.
 * Who owns a live field is not known here; the preview on the real stack asks.
 */
export function withDecision(
  resources: readonly RegisteredResource[],
  decision: Decision,
): { readonly resources: readonly RegisteredResource[]; readonly refused: readonly Refusal[] } {
  const changes = decision.changes.map(stackChangeOf);
  const { project, stack } = decision.boundTo;
  const leftAlone = leftAloneIn(decision);
  const refused: Refusal[] = [];
  const decided = resources.map((resource) => {
    if (!resource.custom) return resource;
    const view = { project, stack, changes, leftAlone, urn: resource.urn, owner: null };
    const result = decideProps(resource.type, resource.name, resource.inputs, resource.options, view);
    refused.push(...result.refused);
    return result.props === resource.inputs ? resource : { ...resource, inputs: result.props };
  });
  return { resources: decided, refused };
}
