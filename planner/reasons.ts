import { compareText } from "../graph/order.js";
import type { Topology } from "../graph/types.js";
import type { FailurePath, FailureStep } from "../simulator/types.js";
import { riskOf, type Scored } from "./excess.js";

/** Why a change is in the plan: the instance it helps most and the failure path it cuts. */
export interface Reason {
  readonly sentence: string;
  readonly path: readonly string[];
}

/**
 * Compares the plan with the plan less one change, and explains the difference by the likeliest path to the instance
 * that is helped most.
 * @param about the service that the change is about: a path through it is preferred
 */
export function explainChange(
  planned: Scored,
  less: Scored,
  about: string,
  threshold: number,
  pathsTo: (topology: Topology, instance: string) => readonly FailurePath[],
): Reason {
  const rise = (id: string) => ((less.failures.get(id) ?? 0) - (planned.failures.get(id) ?? 0)) * less.scale;
  const weight = (node: { id: string; criticality: number }) => {
    const over = Math.max(0, riskOf(less.risks, node.id) - threshold);
    return Math.min(over, Math.max(0, rise(node.id))) * node.criticality;
  };
  const helped = less.topology.nodes
    .filter((n) => rise(n.id) > 0)
    .sort((a, b) => weight(b) - weight(a) || rise(b.id) - rise(a.id) || compareText(a.id, b.id))[0];
  if (!helped) {
    return { sentence: `Kept in force: nothing needs it now, and ${about} steps down after its cool-down.`, path: [] };
  }
  const serviceOf = new Map(less.topology.nodes.map((n) => [n.id, n.service]));
  const paths = pathsTo(less.topology, helped.id);
  const path = paths.find((p) => p.steps.some((s) => s.service === about || serviceOf.get(s.id) === about)) ?? paths[0];
  const risks = `${percent(riskOf(less.risks, helped.id))} without this, ${percent(riskOf(planned.risks, helped.id))} with it`;
  return {
    sentence: `${path ? describePath(path) : `${helped.id} is in danger`}: ${risks}.`,
    path: path ? path.steps.map((s) => s.id) : [helped.id],
  };
}

/** A failure path as a sentence without its full stop, cause first. */
export function describePath(path: FailurePath): string {
  return path.steps.map((step, i) => (i === 0 ? `${step.id} fails` : `${step.id} ${because(step)}`)).join(", ");
}

function because(step: FailureStep): string {
  switch (step.rule) {
    case "cause":
      return "fails by itself";
    case "domain":
      return "goes down with it";
    case "stickyLoss":
      return `loses its replica of ${step.service}`;
    case "outage":
      return `is left without any ${step.service}`;
    case "overload":
      return `is overloaded with the rest of ${step.service}`;
  }
}

function percent(risk: number): string {
  return `${Number((risk * 100).toPrecision(3))} %`;
}
