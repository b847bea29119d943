import { compareText } from "../graph/order.js";
import { exceptionExpired, exceptionFinder, stateOf, targetMatcher } from "./exceptions.js";
import type { RuleGround } from "./ground.js";
import type { Rule } from "./rules/rule.js";
import type {
  Exception,
  Finding,
  GateReport,
  JudgedRule,
  Judgement,
  Level,
  PlannedResource,
  PlannedStack,
  Severity,
} from "./types.js";

/** Severities, the lowest first. */
export const severities: readonly Severity[] = ["low", "medium", "high", "critical"];

/** What people set for the gate. */
export interface GateSettings {
  /** By rule id; what is absent is as the rule says. */
  readonly rules: Readonly<Record<string, { readonly level?: Level; readonly severity?: Severity }>>;
  /** What a mandatory rule makes of `unknown`. */
  readonly unknown: "fail" | "warn";
  /** The lowest severity of which a mandatory finding blocks; `none` never blocks. */
  readonly failOn: Severity | "none";
}

export const defaultSettings: GateSettings = { rules: {}, unknown: "fail", failOn: "low" };

/**
 * Judges a planned stack by every rule that is not disabled. Pure: the same inputs give the same report. A rule that
 * throws is a finding, `unknown`, so that a fault of ours never lets a change through.
 */
export function judgePlan(
  stack: PlannedStack,
  rules: readonly Rule[],
  ground: RuleGround,
  exceptions: readonly Exception[],
  settings: GateSettings,
): GateReport {
  const resources = new Map(stack.resources.map((resource) => [resource.address, resource] as const));
  const valid = exceptions.filter((exception) => stateOf(exception, ground.now) !== "expired");
  const expired = exceptions.filter((exception) => stateOf(exception, ground.now) === "expired");
  const exceptionFor = exceptionFinder(valid);
  const used = new Set<Exception>();
  const findings: Finding[] = [];
  const judged: { id: string; severity: Severity; level: Level; pass: number }[] = [];
  for (const rule of rules) {
    const { level, severity } = { level: rule.level, severity: rule.severity, ...settings.rules[rule.id] };
    if (level === "disabled") continue;
    const judgements = judgedBy(rule, stack, ground);
    const pass = judgements.filter(({ verdict }) => verdict === "pass").length;
    judged.push({ id: rule.id, severity, level, pass });
    for (const judgement of judgements) {
      if (judgement.verdict === "pass") continue;
      const resource = judgement.address === null ? null : (resources.get(judgement.address) ?? null);
      const exception = exceptionFor(rule.id, named(judgement, resource));
      if (exception) used.add(exception);
      findings.push({
        ...judgement,
        rule: rule.id,
        severity,
        level: effective(level, judgement, settings),
        resource: resource && { type: resource.type, name: resource.name, operation: resource.operation },
        ...(resource?.place && { place: resource.place }),
        ...(exception && { exception }),
      });
    }
  }
  const late = { ...exceptionExpired, ...settings.rules[exceptionExpired.id] };
  if (late.level !== "disabled") {
    findings.push(...expired.map((exception) => expiredFinding(exception, late, stack)));
    judged.push({ id: late.id, severity: late.severity, level: late.level, pass: 0 });
  }
  const open = findings.filter(({ exception }) => exception === undefined);
  return {
    source: stack.source,
    project: stack.project,
    stack: stack.stack,
    decision: ground.decision?.id ?? null,
    findings: findings.sort(byWeight),
    rules: judged.map(({ id, severity, level, pass }) => {
      return {
        id,
        severity,
        level,
        counts: countsOf(
          findings.filter((finding) => finding.rule === id),
          pass,
        ),
      };
    }),
    counts: countsOf(
      findings,
      judged.reduce((sum, { pass }) => sum + pass, 0),
    ),
    exceptions: {
      inForce: valid.length,
      expiring: valid.filter((exception) => stateOf(exception, ground.now) === "expiring"),
      expired,
      unused: valid.filter((exception) => !used.has(exception)),
    },
    resources: stack.resources.length,
    warnings: stack.warnings,
    blocked: open.some((finding) => blocks(finding, settings)),
  };
}

/** Whether a finding that no exception lets through stops the change. */
export function blocks({ level, severity }: Pick<Finding, "level" | "severity">, { failOn }: GateSettings): boolean {
  return level === "mandatory" && failOn !== "none" && severities.indexOf(severity) >= severities.indexOf(failOn);
}

function judgedBy(rule: Rule, stack: PlannedStack, ground: RuleGround): readonly Judgement[] {
  try {
    return rule.judge(stack, ground);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ verdict: "unknown", address: null, message: `the rule itself failed, which is a fault of ours: ${why}` }];
  }
}

/** What an exception may name: the resource, else the address alone where the plan does not hold it. */
function named(
  { address }: Judgement,
  resource: PlannedResource | null,
): Pick<PlannedResource, "address" | "name"> | null {
  return resource ?? (address === null ? null : { address, name: address });
}

function effective(level: Level, { verdict, advisory }: Judgement, { unknown }: GateSettings): Level {
  return advisory || (verdict === "unknown" && unknown === "warn") ? "advisory" : level;
}

function countsOf(findings: readonly Finding[], pass: number): JudgedRule["counts"] {
  const open = findings.filter(({ exception }) => exception === undefined);
  const fail = open.filter(({ verdict }) => verdict === "fail").length;
  return { pass, fail, unknown: open.length - fail, excepted: findings.length - open.length };
}

function expiredFinding(
  exception: Exception,
  { id, severity, level }: { readonly id: string; readonly severity: Severity; readonly level: Level },
  { resources }: PlannedStack,
): Finding {
  const { rule, target, owner, reason, expires, from } = exception;
  const matched = resources.filter(targetMatcher(target));
  const resource = matched.length === 1 ? matched[0]! : null;
  return {
    verdict: "fail",
    address: resource?.address ?? null,
    message: `the exception from ${rule} for ${target} expired on ${expires} (${owner}: ${reason}); mend it, or decide anew in ${from}`,
    rule: id,
    severity,
    level,
    resource: resource && { type: resource.type, name: resource.name, operation: resource.operation },
    ...(resource?.place && { place: resource.place }),
  };
}

function byWeight(a: Finding, b: Finding): number {
  return (
    severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
    compareText(a.rule, b.rule) ||
    compareText(a.address ?? "", b.address ?? "") ||
    compareText(a.message, b.message)
  );
}
