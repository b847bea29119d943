import { changeKinds } from "../planner/decisionSchema.js";
import type { Decision } from "../planner/types.js";

/**
 * A decision as metrics in Prometheus' text format, for the textfile collector of the node exporter.
 * Source: Prometheus, "Exposition formats", text-based format.
 */
export function metricsOf(decision: Decision): string {
  const refusals = countBy(decision.refusals, ({ kind, reason }) => `kind="${kind}",reason="${reason}"`);
  const changes = countBy(decision.changes, ({ kind }) => `kind="${kind}"`);
  const highest = Math.max(0, ...decision.instances.map(({ after }) => after?.risk ?? 0));
  return [
    ...family("firebreak_refusals", "Changes that the last plan considered and did not permit.", [...refusals]),
    ...family(
      "firebreak_changes",
      "Changes that are to be in force by the last plan.",
      changeKinds.map((kind) => [`kind="${kind}"`, changes.get(`kind="${kind}"`) ?? 0]),
    ),
    ...family("firebreak_plan_highest_risk", "Highest risk of any instance with the last plan's changes, 0 to 1.", [
      ["", highest],
    ]),
    ...family("firebreak_plan_threshold", "Highest risk that an instance may have, 0 to 1.", [
      ["", decision.threshold],
    ]),
    ...family("firebreak_plan_timestamp_seconds", "When the last plan was made, in unix seconds.", [
      ["", Date.parse(decision.createdAt) / 1000],
    ]),
  ].join("");
}

function family(name: string, help: string, samples: readonly (readonly [labels: string, value: number])[]): string[] {
  const lines = [...samples]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([labels, value]) => `${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`);
  return [`# HELP ${name} ${help}\n`, `# TYPE ${name} gauge\n`, ...lines];
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
