import { createRequire } from "node:module";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { StackChange } from "../stackChange.js";
import { capacityReservations } from "./capacityReservations.js";
import { reservationObjects } from "./objects.js";
import type { ReservationSettings } from "./settings.js";

/** A resource of any type, so that the program's own `@pulumi/kubernetes` or `@pulumi/aws`, whichever it is, need not be ours. */
class Declared extends pulumi.CustomResource {}

/** Providers of the resources that Firebreak declares itself; the program's default ones unless said. */
export interface ReservationProviders {
  readonly kubernetes?: pulumi.ProviderResource;
  readonly aws?: pulumi.ProviderResource;
}

/**
 * Declares what keeps the reserved slots of the changes in force free. Where no slot is reserved nothing is declared, and
 * what there was goes.
 */
export function declareReservations(
  changes: readonly StackChange[],
  settings: ReservationSettings,
  providers: ReservationProviders = {},
): void {
  const foundation: Declared[] = [];
  for (const { type, name, props } of reservationObjects(changes, settings)) {
    const opts = { ...by("@pulumi/kubernetes", providers.kubernetes), dependsOn: [...foundation] };
    const declared = new Declared(type, name, { ...props }, opts);
    if (props.kind !== "Deployment") foundation.push(declared);
  }
  for (const { type, name, props } of capacityReservations(changes)) {
    new Declared(type, name, { ...props }, by("@pulumi/aws", providers.aws));
  }
}

/** The provider, or the default one of the program's own version, not a second one beside it. */
function by(sdk: string, provider: pulumi.ProviderResource | undefined): pulumi.CustomResourceOptions {
  return provider === undefined ? { version: installedVersion(sdk) } : { provider };
}

/** Version of an SDK that the program finds, or undefined where it has none. */
function installedVersion(sdk: string): string | undefined {
  try {
    const { version } = createRequire(join(process.cwd(), "index.js"))(`${sdk}/package.json`);
    return typeof version === "string" ? version.replace(/^v/, "") : undefined;
  } catch {
    return undefined;
  }
}
