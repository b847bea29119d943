import type { ReportedStep } from "./reportedRun.js";

/** Longest value that is shown whole, in UTF-16 units. */
const longest = 120;

/** The steps that change something, as the lines of a diff: the resource, and below it each property that differs. */
export function resourceLines(steps: readonly ReportedStep[]): string[] {
  return steps
    .filter((step) => step.op !== "same")
    .flatMap((step) => {
      const name = step.urn.split("::").at(-1) ?? step.urn;
      const inputs = /update|replace/.test(step.op) ? step.diff : [];
      return [`${signOf(step.op)} ${step.op} ${step.type} ${name}`, ...inputs.map((d) => `    ${describe(d)}`)];
    });
}

function signOf(op: string): string {
  if (/delete|discard/.test(op)) return "-";
  return /create|import/.test(op) ? "+" : "!";
}

function describe({ path, from, to }: ReportedStep["diff"][number]): string {
  return `${path}: ${show(from)} → ${show(to)}`;
}

function show(value: unknown): string {
  if (value === undefined) return "(none)";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > longest ? `${text.slice(0, longest - 3)}...` : text;
}
