import * as pulumi from "@pulumi/pulumi";
import type { Hold } from "../planner/types.js";
import { type Cluster, openCluster, readClusterUid, type Unreachable, UnreachableError } from "./cluster.js";
import { readObject } from "./liveObject.js";
import { readNamespaceNotes } from "./namespaceNotes.js";
import { keyOf, type Owned, readOwners } from "./owners.js";
import { numberIn } from "./placeValue.js";
import { findSlotShortage } from "./reservation/room.js";
import type { ReservationSettings } from "./reservation/settings.js";
import type { ReservationStackChange } from "./stackChange.js";
import { type Props, targetKinds } from "./targets/index.js";

/** What is asked of the live cluster while the program runs. */
export interface LiveCluster {
  readUid(): Promise<{ readonly uid: string } | Unreachable>;
  /** Why a live object must be left alone (another owner, an opt-out), or null. */
  readHold(object: Owned): Promise<Hold | null | Unreachable>;
  /** The number that a live object holds now (`backend` says which weight); undefined where there is no object or none. */
  readNumber(object: Owned): Promise<number | null | undefined | Unreachable>;
  /** The kill switch of a namespace, or null where it is not set. */
  readStop(namespace: string): Promise<Hold | null | Unreachable>;
  /** Why the added slots of a reservation must not be declared, or null. */
  trySlots(change: ReservationStackChange, settings: ReservationSettings): Promise<Hold | null | Unreachable>;
}

/** The cluster that `KUBECONFIG` and the configuration `kubernetes:context` name. */
export function ambientCluster(): LiveCluster {
  const cluster = openCluster({ context: new pulumi.Config("kubernetes").get("context") });
  const now = () => Date.now() / 1000;
  return {
    readUid: () => readClusterUid(cluster),
    readHold: (object) =>
      "unreachable" in cluster
        ? Promise.resolve(cluster)
        : orUnreachable(async () => (await readOwners(cluster, [object], now())).get(keyOf(object))?.hold ?? null),
    readNumber: (object) =>
      "unreachable" in cluster ? Promise.resolve(cluster) : orUnreachable(() => numberOf(cluster, object)),
    readStop: (namespace) =>
      "unreachable" in cluster
        ? Promise.resolve(cluster)
        : orUnreachable(async () => (await readNamespaceNotes(cluster, namespace, now())).killSwitch),
    trySlots: (change, settings) =>
      "unreachable" in cluster
        ? Promise.resolve(cluster)
        : orUnreachable(() => findSlotShortage(cluster, change, settings)),
  };
}

async function numberOf(cluster: Cluster, object: Owned): Promise<number | null | undefined> {
  const kind = targetKinds.find(({ types }) => types.test(object.type));
  const live = await readObject(cluster, object);
  if (kind === undefined || live === null) return undefined;
  return "unreadable" in live ? null : numberIn(kind, live as unknown as Props, object.backend);
}

async function orUnreachable<T>(read: () => Promise<T>): Promise<T | Unreachable> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreachableError) return { unreachable: error.message };
    throw error;
  }
}
