import { exceptionExpired } from "../exceptions.js";
import { rules } from "../rules/index.js";
import type { Rule } from "../rules/rule.js";
import type { Exception, Finding, GateReport, InputPatch } from "../types.js";
import { secretValue, unknownValue } from "../values.js";

/** Longest value that is shown whole, in UTF-16 units. */
const longest = 120;

/** What rules say of themselves, by id. */
export const ruleInfo: ReadonlyMap<
  string,
  Pick<Rule, "id" | "title" | "rationale" | "remedy" | "severity" | "level">
> = new Map([...rules, exceptionExpired].map((rule) => [rule.id, rule]));

/** What a finding does, in one word. */
export function stateOf({ exception, level, verdict }: Finding): "let through" | "warning" | "unknown" | "fails" {
  if (exception !== undefined) return "let through";
  if (level !== "mandatory") return "warning";
  return verdict === "unknown" ? "unknown" : "fails";
}

/** What was judged: the stack where it is known. */
export function subjectOf({ project, stack, source }: GateReport): string {
  const names = { pulumi: "Pulumi stack", terraform: "Terraform plan", manifests: "Kubernetes manifests" };
  return project === null || stack === null ? names[source] : `${project}/${stack}`;
}

/** A value of an input as people read it; what is hidden is said to be. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "(none)";
  if (value === secretValue) return "(secret)";
  if (value === unknownValue) return "(not known yet)";
  const text = JSON.stringify(value, plainValue) ?? String(value);
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** For `JSON.stringify`: hidden values are said to be so, where they would be left out. */
export function plainValue(_key: string, value: unknown): unknown {
  return typeof value === "symbol" ? describeValue(value) : value;
}

export function describePatch({ path, from, to }: InputPatch): string {
  return `${path}: ${describeValue(from)} → ${describeValue(to)}`;
}

export function describeException({ owner, reason, expires }: Exception): string {
  return `until ${expires} (${owner}: ${reason})`;
}

/** What was counted, as one sentence. */
export function countsSentence({ counts, resources }: GateReport): string {
  const { pass, fail, unknown, excepted } = counts;
  return `${resources} resources: ${pass} judgements pass, ${fail} fail, ${unknown} unknown, ${excepted} let through by exceptions`;
}

/** All that is to be said beside the findings: what could not be read, and which exceptions want a look. */
export function noticesOf({ warnings, exceptions }: GateReport): string[] {
  const name = ({ rule, target, expires, owner, from }: Exception) =>
    `the exception from ${rule} for ${target} (${owner}, ${from}, until ${expires})`;
  return [
    ...warnings,
    ...exceptions.expiring.map((exception) => `${name(exception)} expires within 14 days`),
    ...exceptions.unused.map((exception) => `${name(exception)} lets nothing through; remove it`),
  ];
}
