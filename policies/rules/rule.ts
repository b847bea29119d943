import type { RuleGround } from "../ground.js";
import type { Judgement, Level, PlannedStack, Severity } from "../types.js";

/** A number that people may set for a rule, in `firebreak.yaml` or a policy pack's configuration. */
export interface RuleNumber {
  readonly value: number;
  readonly least: number;
  readonly most: number;
  /** One phrase for people, with the unit. */
  readonly meaning: string;
}

/** One thing that the gate looks at. To add one, write a file beside the others and a line in `index.ts`. */
export interface Rule {
  /** Stable name in kebab case: people write it in exceptions and configuration. */
  readonly id: string;
  /** What must hold, as one sentence. */
  readonly title: string;
  /** Why it matters. */
  readonly rationale: string;
  /** What to do about a finding. */
  readonly remedy: string;
  readonly severity: Severity;
  /** Level where none is set. */
  readonly level: Level;
  readonly numbers?: Readonly<Record<string, RuleNumber>>;
  /**
   * Judges a planned stack; pure. A resource that is fine is a `pass`, so that reports can say how much was looked at.
   * A rule that lacks what it needs says `unknown` with the remedy, never `pass`; one that concerns nothing in the stack
   * says nothing.
   */
  judge(stack: PlannedStack, ground: RuleGround): readonly Judgement[];
}

/** A rule's number: the one that was set, else the rule's own. */
export function numberOf(
  rule: Pick<Rule, "id" | "numbers">,
  ground: Pick<RuleGround, "numbers">,
  name: string,
): number {
  const own = rule.numbers?.[name];
  if (own === undefined) throw new Error(`rule ${rule.id} has no number ${name}`);
  return ground.numbers[rule.id]?.[name] ?? own.value;
}
