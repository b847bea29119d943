import * as pulumi from "@pulumi/pulumi";
import type { MigrationState } from "./carryOut.js";
import type { MigrationInputs, MigrationOutcome } from "./outcome.js";

/** Pulumi serialises this with the resource: each method brings in by itself what it needs, and captures nothing. */
const provider: pulumi.dynamic.ResourceProvider = {
  async diff(_id: string, olds: MigrationState, news: MigrationInputs) {
    const same = olds.change.instance === news.change.instance && olds.change.uid === news.change.uid;
    const settled = olds.outcome === "migrated" || olds.outcome === "gone" || news.held !== undefined;
    return { changes: !same || !settled };
  },
  async create(inputs: MigrationInputs) {
    const { createRequire } = await import("node:module");
    const { pathToFileURL } = await import("node:url");
    // The library as the program finds it: no path of this machine may enter the state.
    const library = pathToFileURL(createRequire(`${process.cwd()}/`).resolve("firebreak"));
    const { migrate } = await import(new URL("./provider/migration/carryOut.js", library).href);
    return { id: inputs.change.uid ?? inputs.change.instance, outs: await migrate(inputs) };
  },
  async update(_id: string, _olds: MigrationState, news: MigrationInputs) {
    const { createRequire } = await import("node:module");
    const { pathToFileURL } = await import("node:url");
    const library = pathToFileURL(createRequire(`${process.cwd()}/`).resolve("firebreak"));
    const { migrate } = await import(new URL("./provider/migration/carryOut.js", library).href);
    return { outs: await migrate(news) };
  },
  // Nothing to take back: what was moved stays where it is.
  async delete() {},
};

export type MigrationArgs = pulumi.Inputs & { readonly [K in keyof MigrationInputs]: pulumi.Input<MigrationInputs[K]> };

/**
 * One instance moved off a host, replacement first. `applyDecision()` declares one for each migration in force; creating
 * it moves the instance, deleting it does nothing. One that was refused is tried again by the next update.
 */
export class Migration extends pulumi.dynamic.Resource {
  /** `migrated`, `gone` (nothing was to be done) or `refused`. */
  declare readonly outcome: pulumi.Output<MigrationOutcome["outcome"]>;
  /** Why it was refused, by its stable name; empty otherwise. */
  declare readonly reason: pulumi.Output<string>;
  declare readonly detail: pulumi.Output<string>;
  /** Name of the instance that took over, and where it runs; empty where nothing was moved. */
  declare readonly replacement: pulumi.Output<string>;
  declare readonly host: pulumi.Output<string>;

  constructor(name: string, args: MigrationArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = {
      outcome: undefined,
      reason: undefined,
      detail: undefined,
      replacement: undefined,
      host: undefined,
    };
    super(provider, name, { ...outputs, ...args }, opts, "firebreak", "Migration");
  }
}
