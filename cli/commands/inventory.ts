import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { Option } from "commander";
import { stringify } from "yaml";
import { readInventory } from "../../graph/inventory.js";
import { writeInventory } from "../../graph/inventoryDocument.js";
import { mergeInventories } from "../../graph/mergeInventories.js";
import type { Inventory } from "../../graph/types.js";
import { InputError } from "../../input/problems.js";
import { writeWhole } from "../../stores/wholeFile.js";
import type { Command } from "../command.js";
import { type Config, readConfig, readYaml } from "../config.js";
import { duration } from "../flags.js";
import { apiOf, emptyInventory, type InventoryApi, readApi } from "../inventorySource.js";
import { nearPath, printJson, type Terminal } from "../output.js";

export const inventory: Command = {
  declare: (command) =>
    command
      .addOption(
        new Option("--from <api>", "what to read (default: the one configured, else kubernetes)").choices([
          "kubernetes",
          "aws",
        ]),
      )
      .option("--context <name>", "context of the kubeconfig (default: the current one)")
      .option("--namespace <name...>", "namespaces to list (default: all); with one alone ids are plain names")
      .option("--region <name>", "AWS region (default: that of the environment or profile)")
      .option("--endpoint-url <url>", "another server that speaks AWS's APIs")
      .option("--out <file>", "file to bring up to date, .yaml or .json (default: print YAML)")
      .option("--remember <duration>", "how long addresses of what is gone are kept in it", duration, 7 * 86_400)
      .option("--config <file>", "configuration (default: firebreak.yaml here, where there is one)")
      .option("--json", "print one JSON document"),
  run: async ({ terminal, flags }) => {
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const api = chosenApi(flags, config);
    const out = flags.out === undefined ? undefined : resolve(terminal.cwd, String(flags.out));
    const earlier = out === undefined ? emptyInventory : readEarlier(out, nearPath(terminal, out));
    const time = Math.floor(terminal.now());
    const found = await readApi(api, time);
    for (const warning of found.warnings) terminal.err(`firebreak: warning: ${warning}\n`);

    const merged = mergeInventories(earlier, found.inventory, time, Number(flags.remember));
    const document = writeInventory(merged);
    readInventory(document, `inventory from ${api.from}`);
    const yaml = () =>
      `# Written by \`firebreak inventory\` from ${originOf(api)}.\n${stringify(document, { lineWidth: 0 })}`;
    if (out !== undefined) {
      await writeWhole(out, extname(out) === ".json" ? `${JSON.stringify(document, null, 2)}\n` : yaml());
    }
    if (flags.json) printJson(terminal, document);
    else if (out === undefined) terminal.out(yaml());
    else report(terminal, merged, out);
    return undefined;
  },
};

/** Flags before the configuration; flags of one API say nothing of the other. */
function chosenApi(flags: Readonly<Record<string, unknown>>, config: Config): InventoryApi {
  const configured = apiOf(config.inventory);
  const from = (flags.from as InventoryApi["from"] | undefined) ?? configured?.from ?? "kubernetes";
  const base: InventoryApi = configured?.from === from ? configured : { from, namespaces: [] };
  const foreign = (from === "aws" ? ["context", "namespace"] : ["region", "endpointUrl"]).filter(
    (name) => flags[name] !== undefined,
  );
  if (foreign.length > 0) {
    const problems = foreign.map((name) => ({
      place: `--${name === "endpointUrl" ? "endpoint-url" : name}`,
      message: `says nothing of ${from}; leave it out, or choose another --from`,
    }));
    throw new InputError("inventory", problems);
  }
  return {
    ...base,
    context: (flags.context as string | undefined) ?? base.context,
    namespaces: (flags.namespace as string[] | undefined) ?? base.namespaces,
    region: (flags.region as string | undefined) ?? base.region,
    endpointUrl: (flags.endpointUrl as string | undefined) ?? base.endpointUrl,
  };
}

function readEarlier(file: string, name: string): Inventory {
  if (!/\.(ya?ml|json)$/.test(file)) {
    throw new InputError("inventory", [
      { place: "--out", message: `${name}: expected a name that ends with .yaml or .json` },
    ]);
  }
  return existsSync(file) ? readInventory(readYaml(file, name), name) : emptyInventory;
}

function originOf({ from, context, namespaces, region }: InventoryApi): string {
  if (from === "aws") return region === undefined ? "AWS" : `AWS, region ${region}`;
  const where = namespaces.length === 0 ? "all namespaces" : `namespace ${namespaces.join(", ")}`;
  return context === undefined ? `Kubernetes, ${where}` : `Kubernetes, context ${context}, ${where}`;
}

function report(terminal: Terminal, { instances, services, domains }: Inventory, out: string): void {
  const held = services.reduce((sum, s) => sum + (s.held?.length ?? 0), 0);
  const hosts = domains.filter((d) => d.kind === "host").length;
  terminal.out(
    `wrote ${nearPath(terminal, out)}: ${instances.length} instances of ${services.length} services on ${hosts} hosts; ` +
      `${held} addresses of what is gone are remembered\n`,
  );
}
