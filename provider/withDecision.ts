import type { Decision, Refusal } from "../planner/types.js";
import { decideProps } from "./decideProps.js";
import { leftAloneIn } from "./decisionSource.js";
import type { RegisteredResource } from "./renderProgram.js";
import { reservationObjects } from "./reservation/objects.js";
import { reservationSettings } from "./reservation/settings.js";
import { stackChangeOf } from "./stackChange.js";

/**
 * What a program's resources become with a decision, without an engine: the same `decideProps` that the transform calls,
 * and the objects that it declares. Who owns a live field and whether there is room is not known here; the preview on the
 * real stack asks.
 * @param now unix seconds
 * @param config values of the stack's configuration by full key
 */
export function withDecision(
  resources: readonly RegisteredResource[],
  decision: Decision,
  { now, config }: { readonly now: number; readonly config: Readonly<Record<string, string>> },
): { readonly resources: readonly RegisteredResource[]; readonly refused: readonly Refusal[] } {
  const changes = decision.changes.map(stackChangeOf);
  const { project, stack } = decision.boundTo;
  const leftAlone = leftAloneIn(decision);
  const refused: Refusal[] = [];
  const decided = resources.map((resource) => {
    if (!resource.custom) return resource;
    const view = { project, stack, changes, leftAlone, urn: resource.urn, owner: null, now };
    const result = decideProps(resource.type, resource.name, resource.inputs, resource.options, view);
    refused.push(...result.refused);
    return result.props === resource.inputs ? resource : { ...resource, inputs: result.props };
  });
  const settings = reservationSettings({ project, stack }, (key) => config[`firebreak:${key}`]);
  const declared = reservationObjects(changes, settings).map(({ type, name, props }) => ({
    urn: `urn:pulumi:${stack}::${project}::${type}::${name}`,
    type,
    name,
    custom: true,
    inputs: props,
    options: { parent: null, protect: false, ignoreChanges: [] },
  }));
  return { resources: [...decided, ...declared], refused };
}
