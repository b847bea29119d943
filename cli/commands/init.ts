import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { InputError } from "../../input/problems.js";
import { writeWhole } from "../../stores/wholeFile.js";
import type { Command } from "../command.js";
import { readYaml } from "../config.js";

export const init: Command = {
  declare: (command) => command.option("--force", "replace a firebreak.yaml that is there"),
  run: async ({ terminal, flags }) => {
    const file = resolve(terminal.cwd, "firebreak.yaml");
    if (existsSync(file) && !flags.force) {
      throw new InputError("firebreak.yaml", [
        { place: file, message: "is there already; edit it, or replace it with --force" },
      ]);
    }
    const found = lookAround(terminal.cwd);
    await writeWhole(file, configurationText(found));
    terminal.out(`wrote firebreak.yaml: ${found.notes.join("; ")}\n`);
    terminal.out("next: firebreak ingest SOURCE, then firebreak plan\n");
    return undefined;
  },
};

interface Surroundings {
  readonly stacks: readonly string[];
  readonly inventory: string | undefined;
  readonly notes: readonly string[];
}

function lookAround(cwd: string): Surroundings {
  const names = readdirSync(cwd).sort();
  const notes: string[] = [];
  const stacks = names.flatMap((name) => /^Pulumi\.([\w-]+)\.yaml$/.exec(name)?.[1] ?? []);
  if (names.includes("Pulumi.yaml")) {
    const project = (readYaml(resolve(cwd, "Pulumi.yaml"), "Pulumi.yaml") as { name?: string } | null)?.name;
    notes.push(`Pulumi project ${project ?? "without a name"}`);
    notes.push(stacks.length > 0 ? `stacks ${stacks.join(", ")}` : "no stack file, so stack dev is assumed");
  } else {
    notes.push("no Pulumi.yaml here, so no stack is set");
  }
  const inventory = names.find((name) => /^inventory\.(ya?ml|json)$/.test(name));
  notes.push(inventory === undefined ? "no inventory file" : `inventory ${inventory}`);
  return {
    stacks: names.includes("Pulumi.yaml") && stacks.length === 0 ? ["dev"] : stacks,
    inventory,
    notes,
  };
}

function configurationText({ stacks, inventory }: Surroundings): string {
  const stackLines =
    stacks.length === 0
      ? "stacks: []                     # - { name: dev, dir: ., mode: observe }"
      : `stacks:                        # mode: observe | advise | enforce\n${stacks
          .map((name) => `  - { name: ${JSON.stringify(name)}, dir: ., mode: observe }`)
          .join("\n")}`;
  return `# Firebreak. Every key has the default shown here; unknown keys are errors; durations are 90s, 5m, 24h, 7d.

history: ./.firebreak/history  # Parquet, written by \`firebreak ingest\`; a folder or s3://bucket/prefix
${inventory === undefined ? "# inventory: inventory.yaml    # what traffic alone cannot tell: addresses, hosts, zones, capacities" : `inventory: ${inventory}`}

graph:
  window: 24h                  # how far back traffic counts
  halfLife: 6h                 # age at which traffic counts half
  interval: 5m                 # of the snapshots, and in which spikes are looked for
  memory: 7d                   # what comes back day by day within it is steady ...
  floor: 0.25                  # ... and does not decay below this part of its mean
  keepRaw: 7d                  # how long before the newest traffic rows are kept as they came ...
  keepSnapshots: 90d           # ... and their snapshots; older days go when \`firebreak compact\` runs

simulation:
  worlds: 10000                # more worlds, narrower intervals
  seed: 1
  threads: auto
  horizon: 1h                  # what priors are probabilities within

risk:
  threshold: 0.05              # an instance over it wants a change
  failMode: hold               # past maxAge: hold what was last applied | closed: block | off: deploy as written
  maxAge: 30m
  unknown: fail                # what the gate makes of what cannot be known: fail | warn

defaults:                      # where neither traffic nor inventory speaks
  coupling: 0.5
  failover: 0.9
  prior: 0.002
  criticality: 1
  utilisationLimit: 1

tiers:                         # by the tier of an instance; impact multiplies the coupling to it
  data: { impact: 1.5, criticality: 3, prior: 0.002 }

dependencies: []               # overrides: - { client: frontend, service: ads, coupling: 0.05, failover: 0.9 }

${stackLines}

limits:
  changesPerRun: 5             # that a plan adds or takes back; those in force and kept do not count
  migrationsPerHour: 3
  costPerDay: 50               # of all changes in force together
  coolDown: 30m                # after a change of a service, in which it is left alone
  holdTime: 12h                # that a change stays after it was last needed
  hysteresis: 0.8              # part of the threshold under which risk must stay without it
  maxReplicas: 10              # of one service
  maxReservedSlots: 5          # of one service
  shareTouched: 0.5            # part of a service that one plan may migrate or send elsewhere; one instance always may
  freeze: []                   # - { from: 2026-12-24T00:00:00Z, to: 2026-12-27T00:00:00Z }
                               # - { cron: "0 18 * * 5", for: 62h, timeZone: Europe/Berlin }

costs:                         # in one currency of your choice
  cpuHour: 0.04                # a core
  memoryGiBHour: 0.005
  reservedShare: 1             # part of a replica's price that a reserved slot of its size costs
  migration: 0.5               # each
  weight: 0.1                  # each change of a DNS or route weight

policy:
  rules: {}                    # risk-over-threshold: { level: advisory, severity: high }

exceptions: []                 # - { rule: risk-over-threshold, target: cart, reason: R, owner: O, expires: 2026-12-31 }

stores:
  audit: "file:./.firebreak/audit.jsonl"
`;
}
