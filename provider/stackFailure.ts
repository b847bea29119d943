import { GateError } from "../input/gate.js";
import { riskAssessmentType } from "./applied.js";

export type StackFailure =
  | "noStack"
  | "locked"
  | "passphrase"
  | "conflict"
  | "unreachable"
  | "forbidden"
  | "program"
  | "other";

/** Pulumi could not do what it was asked. The message is short, for people, and ends with what to do where that is known. */
export class StackError extends Error {
  override readonly name = "StackError";
  constructor(
    readonly failure: StackFailure,
    message: string,
  ) {
    super(message);
  }
}

/** What the engine reported while it failed. */
export interface FailureReport {
  readonly stack: string;
  readonly operation: "open" | "preview" | "up" | "export";
  /** Everything the command line printed. */
  readonly text: string;
  /** Error diagnostics of the engine, in order. */
  readonly errors: readonly { readonly urn?: string; readonly message: string }[];
  readonly violations: readonly PolicyViolation[];
}

export interface PolicyViolation {
  readonly pack: string;
  readonly policy: string;
  readonly level: "warning" | "mandatory";
  readonly urn?: string;
  readonly message: string;
}

/** A policy said no: the message is for people, the violations for reports. */
export class PolicyError extends GateError {
  constructor(
    message: string,
    readonly violations: readonly PolicyViolation[],
  ) {
    super(message);
  }
}

/**
 * Turns a failure of the engine into one short error. A policy that blocks, a plan that no longer holds and a decision
 * that the program refuses are gates (`GateError`); everything else is a `StackError`.
 */
export function explainFailure(report: FailureReport): GateError | StackError {
  const { stack, operation, text } = report;
  const said = [...report.errors.map((e) => e.message), text].join("\n");

  if (/no stack named .* found/.test(said)) {
    return new StackError("noStack", `there is no stack ${stack}: create it with \`pulumi stack init ${stack}\``);
  }
  if (/currently locked by|Another update is currently in progress/.test(said)) {
    const holder = /created by ([^\n]+)/.exec(said)?.[1];
    return new StackError(
      "locked",
      `stack ${stack} is locked by another update${holder ? ` (${holder})` : ""}: wait for it to end; if it crashed, run \`pulumi cancel --stack ${stack}\``,
    );
  }
  if (/passphrase must be set|incorrect passphrase/.test(said)) {
    return new StackError(
      "passphrase",
      `the secrets of stack ${stack} cannot be read: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to its passphrase`,
    );
  }

  const blocking = report.violations.filter((v) => v.level === "mandatory");
  if (blocking.length > 0) {
    return new PolicyError(
      [`policy blocks this ${operation}:`]
        .concat(
          blocking.map((v) => `  ${v.pack}/${v.policy}${v.urn ? ` on ${nameOf(v.urn)}` : ""}: ${v.message.trim()}`),
        )
        .join("\n"),
      report.violations,
    );
  }

  const violated = report.errors.filter((e) => /violates plan/.test(e.message));
  if (violated.length > 0 || /violates plan/.test(text)) {
    const names = [...new Set(violated.flatMap((e) => (e.urn ? [nameOf(e.urn)] : [])))];
    return new GateError(
      `the program no longer does what the saved plan says${names.length > 0 ? ` (${names.join(", ")})` : ""}, so nothing more was changed: the decision, the program or the stack changed since; run preview again`,
    );
  }

  const refused = report.errors.filter((e) => e.urn?.includes(`${riskAssessmentType}::`));
  if (refused.length > 0) {
    // The engine names the resource and the property around what the assessment said.
    const reasons = refused.map((e) => oneLine(e.message.replace(/^.* has a problem: /, "")));
    return new GateError([...new Set(reasons)].join("; "));
  }

  const conflicts = [
    ...said.matchAll(/reported that "([^"]+)" failed[\s\S]*?conflicts?: conflict with "([^"]+)"[^:]*: (\.[\w.[\]]+)/g),
  ];
  if (conflicts.length > 0) {
    const lines = conflicts.map(([, object, manager, field]) => `${object}: ${field} is owned by ${manager}`);
    return new StackError(
      "conflict",
      `${[...new Set(lines)].join("; ")}: give the field back to Pulumi, or list it in the resource's ignoreChanges`,
    );
  }
  if (/connection refused|no such host|i\/o timeout|unreachable/i.test(said)) {
    return new StackError("unreachable", `the cluster of stack ${stack} cannot be reached: ${firstError(report)}`);
  }
  if (/\bforbidden\b/i.test(said)) {
    return new StackError("forbidden", `a permission is missing: ${firstError(report)}`);
  }
  const program = /unhandled exception:?\s*\n+([\s\S]+)/.exec(said)?.[1];
  if (program !== undefined)
    return new StackError("program", `the program of stack ${stack} failed: ${thrown(program)}`);
  return new StackError("other", `${operation} of stack ${stack} failed: ${firstError(report)}`);
}

function firstError({ errors, text }: FailureReport): string {
  const told = errors.map((e) => e.message.trim()).filter((m) => m !== "" && !/^(preview|update) failed$/.test(m));
  const shown = told.slice(0, 3).map(oneLine);
  if (shown.length > 0) return shown.join("; ") + (told.length > 3 ? `; and ${told.length - 3} more` : "");
  const line = /error: ([^\n]+)/.exec(text)?.[1];
  return line ?? firstLine(text);
}

function firstLine(text: string): string {
  return (
    text
      .split("\n")
      .map((line) => line.trim())
      .find((line) => line !== "") ?? "no reason given"
  );
}

/** What was thrown, without the source line that Node.js shows before it and the stack trace after it. */
function thrown(text: string): string {
  const [shown = ""] = text.split(/\n\s+at /, 1);
  const named = /^\w*Error: [\s\S]*$/m.exec(shown)?.[0];
  return named?.trimEnd() ?? firstLine(shown);
}

function oneLine(message: string): string {
  const text = message.replace(/\s+/g, " ");
  return text.length > 400 ? `${text.slice(0, 397)}...` : text;
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
