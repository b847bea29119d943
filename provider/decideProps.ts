import { isTarget, type TargetName } from "../planner/targetOf.js";
import type { Hold, Refusal } from "../planner/types.js";
import { coversPath } from "./propertyPath.js";
import type { ReplicasStackChange, StackChange } from "./stackChange.js";
import { kubernetesTarget } from "./targets/kubernetes.js";
import type { ReplicaTarget } from "./targets/target.js";

export type { StackChange } from "./stackChange.js";

/** A service whose replicas the planner left to another owner. */
export interface LeftAlone {
  readonly service: string;
  readonly target: TargetName;
}

/** What is in force on the stack, as seen by one resource. */
export interface View {
  readonly project: string;
  readonly stack: string;
  readonly changes: readonly StackChange[];
  readonly leftAlone: readonly LeftAlone[];
  /** URN that the resource will have, where its parent's is known. */
  readonly urn?: string;
  /** Why the live object's replicas must be left alone, or null. */
  readonly owner: Hold | null;
}

/** The options of a resource that bear on its replicas. */
export interface Options {
  /** Of the resource and of its parents. */
  readonly ignoreChanges?: readonly string[];
  readonly protect?: boolean;
}

export type Props = Readonly<Record<string, unknown>>;

/** `props` is the very object that was given wherever nothing is applied. */
export interface DecidedProps {
  readonly props: Props;
  /** Property paths to add to the resource's `ignoreChanges`, so that the user's own change is not in conflict. */
  readonly ignoreChanges?: readonly string[];
  readonly applied: readonly StackChange[];
  readonly refused: readonly Refusal[];
}

/**
 * Decides the inputs of one resource: raises its replicas to what the decision says, never lowers them, and leaves them
 * alone with a reason where the program, its options or another owner says so. Pure: known values are plain, an Output
 * (secret or unknown) is a value that is not known.
 *
 * Where another field manager owns the live replicas, even the program's own value would be a conflict and keep
 * every other change of the resource from being deployed (server-side apply); so the property is then ignored.
 */
export function decideProps(type: string, name: string, props: Props, opts: Options, view: View): DecidedProps {
  const untouched = { props, applied: [], refused: [] };
  const target = kubernetesTarget(type);
  if (!target) return untouched;
  const change = changeFor(type, name, view);
  if (!change) {
    const left = view.leftAlone.find((l) => isFor(l.target, type, name, view));
    if (!left || view.owner?.reason !== "ownedByOther" || isIgnored(target, opts)) return untouched;
    const refusal: Refusal = { kind: "replicas", service: left.service, ...view.owner };
    return { ...untouched, ignoreChanges: [target.path.join(".")], refused: [refusal] };
  }
  const hold = holdOf(target, props, opts, change.to) ?? view.owner ?? valueHold(target, props, change.to);
  if (!hold) return { props: withValue(props, target.path, change.to), applied: [change], refused: [] };
  return {
    ...untouched,
    ...(hold === view.owner && hold.reason === "ownedByOther" ? { ignoreChanges: [target.path.join(".")] } : {}),
    refused: [{ kind: "replicas", service: change.service, from: change.from, to: change.to, ...hold }],
  };
}

/** Whether the view says anything about the resource, so that its live owner is worth asking for. */
export function isConcerned(type: string, name: string, view: Omit<View, "owner">): boolean {
  if (!kubernetesTarget(type)) return false;
  return changeFor(type, name, view) !== undefined || view.leftAlone.some((l) => isFor(l.target, type, name, view));
}

/** Whether a value is a Pulumi Output, of whichever copy of the SDK. */
export function isOutput(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as { __pulumiOutput?: unknown }).__pulumiOutput === true;
}

/** Same-named resources under different parents are told apart by URN; else a new parent does not lose the change. */
function changeFor(type: string, name: string, view: Omit<View, "owner">): ReplicasStackChange | undefined {
  const fits = view.changes.filter(
    (c): c is ReplicasStackChange => c.kind === "replicas" && isFor(c.target, type, name, view),
  );
  const exact = fits.filter((c) => c.target.urn === undefined || c.target.urn === view.urn);
  const urns = new Set(fits.map((c) => c.target.urn));
  return (urns.size > 1 ? exact : fits).reduce<ReplicasStackChange | undefined>(
    (highest, c) => (highest && highest.to >= c.to ? highest : c),
    undefined,
  );
}

function isFor(target: TargetName, type: string, name: string, { project, stack }: Omit<View, "owner">): boolean {
  return isTarget(target, { type, name, project, stack });
}

function isIgnored(target: ReplicaTarget, opts: Options): boolean {
  return (opts.ignoreChanges ?? []).some((pattern) => coversPath(pattern, target.path));
}

function holdOf(target: ReplicaTarget, props: Props, opts: Options, to: number): Hold | null {
  if (target.hold) return target.hold;
  const annotation = valueAt(props, ["metadata", "annotations", "firebreak.dev/ignore"]);
  if (annotation === "true" || annotation === true) {
    return { reason: "optedOut", detail: "carries the annotation firebreak.dev/ignore" };
  }
  if (isOutput(annotation)) {
    return { reason: "unknownValue", detail: "whether it carries firebreak.dev/ignore is not known yet" };
  }
  if (opts.protect === true) return { reason: "protected", detail: "the resource is protected" };
  const pattern = opts.ignoreChanges?.find((p) => coversPath(p, target.path));
  if (pattern !== undefined) {
    return { reason: "ignoreChanges", detail: `ignoreChanges has ${pattern}, so ${to} replicas would not be deployed` };
  }
  return null;
}

function valueHold(target: ReplicaTarget, props: Props, to: number): Hold | null {
  const path = target.path.join(".");
  const written = valueAt(props, target.path) ?? target.byDefault;
  if (typeof written !== "number" || !Number.isFinite(written)) {
    return { reason: "unknownValue", detail: `${path} is not known yet` };
  }
  if (written === 0) return { reason: "optedOut", detail: `the program switches it off (${path} is 0)` };
  if (written >= to) return { reason: "alreadySatisfied", detail: `the program writes ${written} replicas already` };
  return null;
}

/** The value at a path; an Output on the way stands for all that is below it. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || isOutput(value)) return value;
  if (typeof value !== "object" || value === null) return undefined;
  return valueAt((value as Record<string, unknown>)[key], rest);
}

function withValue(props: Props, path: readonly string[], value: unknown): Props {
  const [key, ...rest] = path;
  if (key === undefined) return props;
  if (rest.length === 0) return { ...props, [key]: value };
  return { ...props, [key]: withValue((props[key] ?? {}) as Props, rest, value) };
}
