import { createRequire } from "node:module";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { StackChange } from "../stackChange.js";
import { reservationObjects } from "./objects.js";
import type { ReservationSettings } from "./settings.js";

/** An object of any type, so that the program's own `@pulumi/kubernetes`, whichever it is, need not be ours. */
class KubernetesObject extends pulumi.CustomResource {}

/**
 * Declares what keeps the reserved slots of the changes in force free. Where no slot is reserved nothing is declared, and
 * what there was goes.
 * @param provider the Kubernetes provider to use; the program's default one unless said
 */
export function declareReservations(
  changes: readonly StackChange[],
  settings: ReservationSettings,
  provider?: pulumi.ProviderResource,
): void {
  // The default provider of the program's own version, not a second one beside it.
  const version = provider === undefined ? installedVersion() : undefined;
  const foundation: KubernetesObject[] = [];
  for (const { type, name, props } of reservationObjects(changes, settings)) {
    const declared = new KubernetesObject(type, name, { ...props }, { provider, version, dependsOn: [...foundation] });
    if (props.kind !== "Deployment") foundation.push(declared);
  }
}

/** Version of the `@pulumi/kubernetes` that the program finds, or undefined where it has none. */
function installedVersion(): string | undefined {
  try {
    const { version } = createRequire(join(process.cwd(), "index.js"))("@pulumi/kubernetes/package.json");
    return typeof version === "string" ? version.replace(/^v/, "") : undefined;
  } catch {
    return undefined;
  }
}
