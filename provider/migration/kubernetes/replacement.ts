import { migrationLabel, notes, replacementName } from "./names.js";
import { controllerOf, type FullPodSpec, type LivePod, type NodeTerm, type ReplicaSet } from "./objects.js";

/** What the replacement must keep off, and where it had better stand. */
export interface Placement {
  /** Nodes by name. */
  readonly from: string;
  readonly to: string;
  /** Zone to keep off: that of the source, where the plan leaves it. */
  readonly offZone?: string;
  readonly toZone?: string;
}

export interface PodManifest {
  readonly apiVersion: "v1";
  readonly kind: "Pod";
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: FullPodSpec;
}

/**
 * The pod that stands in: the ReplicaSet's live template, kept off the source, without an owner and without the labels
 * that the ReplicaSet selects by. No Service sends to it, no budget counts on it and no controller owns it before it is
 * adopted, so that a crash leaves an idle pod and nothing else.
 */
export function replacementOf(
  set: ReplicaSet,
  old: LivePod,
  { key, placement, readyBefore }: { key: string; placement: Placement; readyBefore: number },
): PodManifest {
  const { metadata = {}, spec } = set.spec.template;
  const member = memberKeys(set);
  const labels = Object.fromEntries(Object.entries(metadata.labels ?? {}).filter(([name]) => !member.has(name)));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: replacementName(set.metadata.name, key),
      namespace: set.metadata.namespace ?? "default",
      labels: { ...labels, [migrationLabel]: key },
      annotations: {
        ...metadata.annotations,
        [notes.source]: placement.from,
        [notes.replaces]: `${old.metadata.name}/${old.metadata.uid}`,
        [notes.replicaSet]: `${set.metadata.name}/${set.metadata.uid}`,
        [notes.readyBefore]: String(readyBefore),
      },
    },
    spec: keptOff(spec, placement),
  };
}

/** Label keys that the ReplicaSet selects by. */
export function memberKeys({ spec }: ReplicaSet): ReadonlySet<string> {
  const { matchLabels = {}, matchExpressions = [] } = spec.selector;
  return new Set([...Object.keys(matchLabels), ...matchExpressions.map((e) => e.key)]);
}

/** The template's labels by which the ReplicaSet knows its members. */
export function memberLabels(set: ReplicaSet): Record<string, string> {
  const member = memberKeys(set);
  return Object.fromEntries(
    Object.entries(set.spec.template.metadata?.labels ?? {}).filter(([name]) => member.has(name)),
  );
}

/** Whether the ReplicaSet owns the pod. */
export function isMember(pod: LivePod, set: ReplicaSet): boolean {
  return controllerOf(pod)?.uid === set.metadata.uid;
}

/** Terms are alternatives, so each of them must keep off the source. */
function keptOff(spec: FullPodSpec, { from, to, offZone, toZone }: Placement): FullPodSpec {
  const node = spec.affinity?.nodeAffinity;
  const terms = node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [{}];
  const off = (term: NodeTerm): NodeTerm => ({
    ...term,
    matchFields: [...(term.matchFields ?? []), { key: "metadata.name", operator: "NotIn", values: [from] }],
    ...(offZone !== undefined && {
      matchExpressions: [
        ...(term.matchExpressions ?? []),
        { key: "topology.kubernetes.io/zone", operator: "NotIn", values: [offZone] },
      ],
    }),
  });
  const preferred = [
    { weight: 100, preference: { matchFields: [{ key: "metadata.name", operator: "In", values: [to] }] } },
    ...(toZone === undefined
      ? []
      : [
          {
            weight: 50,
            preference: {
              matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "In", values: [toZone] }],
            },
          },
        ]),
  ];
  return {
    ...spec,
    affinity: {
      ...spec.affinity,
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms.map(off) },
        preferredDuringSchedulingIgnoredDuringExecution: [
          ...(node?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
          ...preferred,
        ],
      },
    },
  };
}
