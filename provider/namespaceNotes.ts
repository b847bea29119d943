import { annotationNames, readKillSwitch, readOptOut } from "../planner/optOut.js";
import type { Hold } from "../planner/types.js";
import { ask, type Cluster, reasonOf } from "./cluster.js";

/** What a namespace's annotations say to Firebreak. */
export interface NamespaceNotes {
  /** Nothing in it is changed, not even back, or null. */
  readonly killSwitch: Hold | null;
  /** All in it is left alone, or null. */
  readonly optOut: Hold | null;
}

/**
 * Reads the annotations of a live namespace; one that does not exist yet says nothing. Where they cannot be read the
 * switch counts as set: one that works for those only who may look would be none.
 * @param now unix seconds
 * @throws UnreachableError
 */
export async function readNamespaceNotes(cluster: Cluster, namespace: string, now: number): Promise<NamespaceNotes> {
  const answer = await ask(cluster, { path: `/api/v1/namespaces/${encodeURIComponent(namespace)}` });
  if (answer.status === 404) return { killSwitch: null, optOut: null };
  if (answer.status !== 200) {
    const detail = `whether namespace ${namespace} carries ${annotationNames.killSwitch} cannot be read (grant \`get\` on namespaces): ${reasonOf(answer)}`;
    return { killSwitch: { reason: "killSwitch", detail }, optOut: null };
  }
  const { metadata } = answer.body as { metadata: { annotations?: Readonly<Record<string, string>> } };
  const optOut = readOptOut(metadata.annotations, now);
  return {
    killSwitch: readKillSwitch(metadata.annotations),
    optOut: optOut && { ...optOut, detail: `its namespace ${optOut.detail}` },
  };
}
