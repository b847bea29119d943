import type { PropertyMap } from "./values.js";

/** What a verdict of a rule can be; `unknown` is never safe: it fails a mandatory rule unless the decision says `warn`. */
export type RuleVerdict = "pass" | "fail" | "unknown";

export type Severity = "low" | "medium" | "high" | "critical";

/** What a rule's `fail` does: nothing, a warning, or it blocks. */
export type Level = "disabled" | "advisory" | "mandatory";

export type Operation = "create" | "update" | "replace" | "delete" | "same";

/** Where a resource is written, for annotations; lines from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line?: number;
}

/** One resource of a planned change, whichever tool planned it. */
export interface PlannedResource {
  /** How its source names it: a URN, a Terraform address, `FILE#Kind/NAMESPACE/NAME`. Unique in the stack. */
  readonly address: string;
  /** Pulumi type token, for example `kubernetes:apps/v1:Deployment`; those of other tools are mapped to it. */
  readonly type: string;
  /** Pulumi resource name, or the name that the source gives. */
  readonly name: string;
  readonly operation: Operation;
  /** Inputs before and after; absent where there is none. What is not shown is `unknownValue` or `secretValue`. */
  readonly before?: PropertyMap;
  readonly after?: PropertyMap;
  readonly protect?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly place?: SourcePlace;
}

/** Everything that one change plans, in the order of addresses. */
export interface PlannedStack {
  readonly source: "pulumi" | "terraform" | "manifests";
  readonly project: string | null;
  readonly stack: string | null;
  readonly resources: readonly PlannedResource[];
  /** Sentences for people: what could not be read. */
  readonly warnings: readonly string[];
}

/** Another value for one input of the program. */
export interface InputPatch {
  readonly address: string;
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What a rule says of one resource, or of the stack where `address` is null. */
export interface Judgement {
  readonly verdict: RuleVerdict;
  readonly address: string | null;
  /** One sentence for people, without the rule's name. */
  readonly message: string;
  /** The failure path behind it, cause first. */
  readonly path?: readonly string[];
  /** The cheapest change of the program's inputs that mends it, where one is known. */
  readonly fix?: readonly InputPatch[];
  /** True where it is no more than a warning, whatever the rule's level. */
  readonly advisory?: boolean;
}

/** A judgement with all that a report says of it. */
export interface Finding extends Judgement {
  readonly rule: string;
  readonly severity: Severity;
  readonly level: Level;
  readonly resource: Pick<PlannedResource, "type" | "name" | "operation"> | null;
  readonly place?: SourcePlace;
  /** The exception that lets it through, where there is one in force. */
  readonly exception?: Exception;
}

/** Lets a rule's finding on a target through for a time. */
export interface Exception {
  readonly rule: string;
  /** Address, name, or pattern with `*`. */
  readonly target: string;
  readonly reason: string;
  readonly owner: string;
  /** ISO 8601 date or time. */
  readonly expires: string;
  /** Where it was found: an annotation, `firebreak.yaml`, a baseline file. */
  readonly from: string;
}

/** How often a rule said what. */
export interface JudgedRule {
  readonly id: string;
  readonly severity: Severity;
  readonly level: Level;
  readonly counts: Readonly<Record<"pass" | "fail" | "unknown" | "excepted", number>>;
}

/** What a gate found in all. Blocked where a mandatory finding has no exception in force. */
export interface GateReport {
  readonly source: PlannedStack["source"];
  readonly project: string | null;
  readonly stack: string | null;
  readonly decision: string | null;
  /** Sorted by severity, rule, address; passes are not listed but counted. */
  readonly findings: readonly Finding[];
  /** The rules that judged, in their order; those that are disabled did not. */
  readonly rules: readonly JudgedRule[];
  readonly counts: Readonly<Record<"pass" | "fail" | "unknown" | "excepted", number>>;
  readonly exceptions: {
    readonly inForce: number;
    readonly expiring: readonly Exception[];
    readonly expired: readonly Exception[];
    readonly unused: readonly Exception[];
  };
  readonly resources: number;
  readonly warnings: readonly string[];
  readonly blocked: boolean;
}
