import { createHash } from "node:crypto";

/** Label of everything that a migration touches while it runs; its value is the migration's key. */
export const migrationLabel = "firebreak.dev/migration";

/** The controller's own annotation: of pods that are Ready alike, the one with the lowest cost goes first. */
export const deletionCost = "controller.kubernetes.io/pod-deletion-cost";
export const lowestCost = "-2147483648";

/** Annotations by which a later run finds its way with nothing but the cluster. */
export const notes = {
  /** On both pods and the lease: the host that is left. */
  source: "firebreak.dev/source",
  /** On the replacement: `NAME/UID` of the pod that it stands in for. */
  replaces: "firebreak.dev/replaces",
  /** On the replacement: `NAME/UID` of the ReplicaSet. */
  replicaSet: "firebreak.dev/replica-set",
  /** On the replacement: how many were Ready before. */
  readyBefore: "firebreak.dev/ready-before",
  /** On the pod that leaves: name of its replacement. */
  replacement: "firebreak.dev/replacement",
  /** On the pod that leaves: the deletion cost that it had, or nothing. */
  costBefore: "firebreak.dev/deletion-cost-before",
  /** On the lease: namespaces in which something may have been left, with commas. */
  namespaces: "firebreak.dev/namespaces",
} as const;

/** Names a migration: the same decision and pod give the same key, whichever process works on it. */
export function keyOf(decision: string, uid: string): string {
  return createHash("sha256").update(`${decision}\n${uid}`).digest("hex").slice(0, 32);
}

/** The replacement's name: at most one pod can ever be made under one key. */
export function replacementName(replicaSet: string, key: string): string {
  return `${replicaSet.slice(0, 50).replace(/[^a-z0-9]+$/, "")}-fb${key.slice(0, 10)}`;
}

/** Name of the Lease of a source host. */
export function leaseName(host: string): string {
  const name = `firebreak-${host}`;
  return name.length <= 253 ? name : `firebreak-${createHash("sha256").update(host).digest("hex")}`;
}

/** `NAME/UID` in parts; empty where the annotation is not there. */
export function pairOf(annotation: string | undefined): { readonly name: string; readonly uid: string } {
  const [name = "", uid = ""] = (annotation ?? "").split("/");
  return { name, uid };
}
