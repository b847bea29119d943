import type { Request } from "../../cluster.js";
import { deletionCost, lowestCost, migrationLabel, notes } from "./names.js";
import type { LivePod } from "./objects.js";
import { memberLabels, type PodManifest } from "./replacement.js";
import type { Api, Written } from "./requests.js";
import type { View } from "./view.js";

/** Steps that write. */
export type WritingStep = "create" | "mark" | "adopt" | "tidy" | "unmark" | "disown" | "discard";

/**
 * Carries out one step. Each write holds for exactly the object that was looked at: a name that must be new, or UID and
 * resourceVersion that must not have changed.
 */
export async function perform(
  step: WritingStep,
  view: View,
  manifest: PodManifest | null,
  api: Api,
  permit: () => Promise<void>,
): Promise<Written> {
  const request = requestOf(step, view, manifest);
  return request === null ? "stale" : api.write(request, permit);
}

function requestOf(step: WritingStep, view: View, manifest: PodManifest | null): Request | null {
  const { old, replacement, replicaSet } = view;
  if (step === "create") {
    return (
      manifest && { method: "POST", path: `/api/v1/namespaces/${manifest.metadata.namespace}/pods`, body: manifest }
    );
  }
  if (step === "mark" || step === "unmark") {
    if (old === null) return null;
    return patchOf(old, step === "mark" ? marks(view, old) : unmarks(old));
  }
  if (replacement === null) return null;
  if (step === "discard") return deletionOf(replacement);
  if (step === "tidy") {
    const none = Object.fromEntries(Object.values(notes).map((note) => [note, null]));
    return patchOf(replacement, { labels: { [migrationLabel]: null }, annotations: none });
  }
  if (replicaSet === null) return null;
  const labels = memberLabels(replicaSet);
  if (step === "adopt") return patchOf(replacement, { labels });
  return patchOf(replacement, { labels: Object.fromEntries(Object.keys(labels).map((label) => [label, null])) });
}

type Marks = Readonly<Record<"labels" | "annotations", Readonly<Record<string, string | null>>>>;

function marks({ replacement }: View, { metadata }: LivePod): Marks {
  return {
    labels: { [migrationLabel]: replacement?.metadata.labels?.[migrationLabel] ?? null },
    annotations: {
      [deletionCost]: lowestCost,
      [notes.costBefore]: metadata.annotations?.[deletionCost] ?? "",
      [notes.replacement]: replacement?.metadata.name ?? "",
      [notes.source]: replacement?.metadata.annotations?.[notes.source] ?? "",
    },
  };
}

function unmarks({ metadata }: LivePod): Marks {
  return {
    labels: { [migrationLabel]: null },
    annotations: {
      [deletionCost]: metadata.annotations?.[notes.costBefore] || null,
      [notes.costBefore]: null,
      [notes.replacement]: null,
      [notes.source]: null,
    },
  };
}

function patchOf({ metadata }: LivePod, change: Partial<Marks>): Request {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    method: "PATCH",
    path: `/api/v1/namespaces/${namespace}/pods/${name}`,
    contentType: "application/merge-patch+json",
    body: { metadata: { uid, resourceVersion, ...change } },
  };
}

function deletionOf({ metadata }: LivePod): Request {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    method: "DELETE",
    path: `/api/v1/namespaces/${namespace}/pods/${name}`,
    body: { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } },
  };
}
