import { annotationNames } from "../../planner/optOut.js";
import { propertyAt, type StackResource } from "../deployment.js";
import { isUnread, valueAt } from "../propertyValue.js";
import { nameOfUrn } from "../urnPattern.js";
import type { Identity, Props } from "./target.js";

/** What every Kubernetes object says of itself in its metadata. */
export const metadataReads = [
  ["metadata", "annotations", annotationNames.ignore],
  ["metadata", "annotations", annotationNames.ignoreUntil],
  ["metadata", "namespace"],
  ["metadata", "name"],
] as const;

/** The value of an annotation, unread. */
export function annotationIn(props: Props, annotation: string): unknown {
  return valueAt(props, ["metadata", "annotations", annotation]);
}

export function notesIn(props: Props): unknown {
  return valueAt(props, ["metadata", "annotations"]);
}

/** Namespace and name in the cluster: the program's own, else the ones that Pulumi or the cluster gave. */
export function objectOf(resource: StackResource): { readonly namespace: string; readonly objectName?: string } {
  return {
    namespace: textAt(resource, "metadata", "namespace") ?? "default",
    objectName: textAt(resource, "metadata", "name"),
  };
}

/** The names that a person gave (for an object that Pulumi named itself, the resource's without the random end), and that in the cluster. */
export function identityOf(resource: StackResource): Identity {
  const name = propertyAt(resource.inputs, "metadata", "name");
  const autonamed = propertyAt(resource.inputs, "metadata", "annotations", "pulumi.com/autonamed") === "true";
  const given = name === undefined || autonamed ? nameOfUrn(resource.urn) : name;
  const names = texts([given, name ?? propertyAt(resource.outputs, "metadata", "name")]);
  const namespace = propertyAt(resource.inputs, "metadata", "namespace") ?? "default";
  return {
    names,
    scoped: names.map((n) => `${namespace}/${n}`),
    labels: texts(
      [["metadata"], ["spec", "template", "metadata"]].flatMap((path) =>
        ["app", "app.kubernetes.io/name"].map((label) => propertyAt(resource.inputs, ...path, "labels", label)),
      ),
    ),
  };
}

/** Whether an autoscaler's `scaleTargetRef` names this workload; a reference without a kind names a Deployment. */
export function scales(autoscaler: StackResource, workload: StackResource): boolean {
  const ref = valueAt(autoscaler.inputs, ["spec", "scaleTargetRef"]) as Props | undefined;
  const { namespace, objectName } = objectOf(workload);
  return (
    (valueAt(ref, ["kind"]) ?? "Deployment") === workload.type.split(":")[2] &&
    objectName !== undefined &&
    valueAt(ref, ["name"]) === objectName &&
    objectOf(autoscaler).namespace === namespace
  );
}

function textAt(resource: StackResource, ...path: readonly string[]): string | undefined {
  for (const side of [resource.inputs, resource.outputs]) {
    const value = propertyAt(side, ...path);
    if (typeof value === "string" && !isUnread(value)) return value;
  }
  return undefined;
}

function texts(values: readonly unknown[]): string[] {
  return values.filter((value): value is string => typeof value === "string" && !isUnread(value));
}
