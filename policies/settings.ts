import { z } from "zod";
import { exceptionExpired } from "./exceptions.js";
import type { RuleGround } from "./ground.js";
import type { GateSettings } from "./judge.js";
import { rules } from "./rules/index.js";
import type { Rule, RuleNumber } from "./rules/rule.js";

const level = z.enum(["disabled", "advisory", "mandatory"], "expected disabled, advisory or mandatory");
const severity = z.enum(["low", "medium", "high", "critical"], "expected low, medium, high or critical");

const configurable: readonly Pick<Rule, "id" | "numbers">[] = [...rules, exceptionExpired];

/** `policy` of `firebreak.yaml`, and what a policy pack takes: by rule its level, its severity and its numbers. */
export const policySchema = z.strictObject({
  rules: z
    .strictObject(Object.fromEntries(configurable.map((rule) => [rule.id, ruleSchema(rule).optional()])))
    .prefault({}),
});

function ruleSchema({ numbers = {} }: Pick<Rule, "numbers">) {
  const given = Object.entries(numbers).map(([name, number]) => [name, numberSchema(number).optional()] as const);
  return z.strictObject({
    level: level.optional(),
    severity: severity.optional(),
    ...(Object.fromEntries(given) as Record<string, z.ZodOptional<z.ZodNumber>>),
  });
}

function numberSchema({ least, most, meaning }: RuleNumber): z.ZodNumber {
  const message = `expected a number from ${least} to ${most}: ${meaning}`;
  return z.number(message).min(least, message).max(most, message);
}

export type PolicySettings = z.output<typeof policySchema>;

/** What was set, as the gate and its rules take it. */
export function settingsOf(policy: PolicySettings): Pick<GateSettings, "rules"> & Pick<RuleGround, "numbers"> {
  const entries = Object.entries(policy.rules).flatMap(([id, set]) => (set === undefined ? [] : [[id, set] as const]));
  return {
    rules: Object.fromEntries(entries.map(([id, { level, severity }]) => [id, withoutAbsent({ level, severity })])),
    numbers: Object.fromEntries(
      entries.map(([id, { level: _level, severity: _severity, ...numbers }]) => [id, withoutAbsent(numbers)]),
    ),
  };
}

function withoutAbsent<T>(values: Readonly<Record<string, T>>): Record<string, NonNullable<T>> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, NonNullable<T>>;
}
