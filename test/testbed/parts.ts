import { accessSync, chmodSync, constants, copyFileSync, existsSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, cacheFolder } from "./cache.js";
import { outputOf, runCommand } from "./command.js";
import { buildGoProgram, embedJson, goDependency, goIsMissing } from "./goBuild.js";
import { type Log, timed } from "./log.js";

/** The engine of the tests; `@pulumi/pulumi` of package.json works with it. */
const pulumiVersion = "3.219.0";
const providerVersion = "4.25.0";
const kubernetesVersion = "1.36.3";

export const partNames = ["pulumi", "kube", "pulumi-resource-kubernetes"] as const;
export type PartName = (typeof partNames)[number];

interface Part {
  /** What must be there, the main one first. */
  readonly binaries: readonly string[];
  /** Returns why what was found on PATH will not do, or null. */
  readonly refuses: (binary: string) => Promise<string | null>;
  /** Takes an official build into `folder/bin`; throws where it cannot. Absent: there is none to take. */
  readonly install?: (folder: string) => Promise<void>;
  readonly build: (folder: string) => Promise<void>;
  /** How long the build takes on two cores with nothing in Go's own cache. */
  readonly minutes: number;
}

const parts: Readonly<Record<PartName, Part>> = {
  pulumi: {
    binaries: ["pulumi", "pulumi-language-nodejs", "pulumi-analyzer-policy", "pulumi-resource-pulumi-nodejs"],
    refuses: refuseOldPulumi,
    install: installPulumi,
    build: buildPulumi,
    minutes: 2,
  },
  kube: {
    binaries: ["kube"],
    refuses: async (binary) =>
      (await runCommand(binary, ["kwok-stages"], { timeout: 10_000 })).stdout.includes("kind: Stage")
        ? null
        : "another program of that name",
    build: buildKube,
    minutes: 5,
  },
  "pulumi-resource-kubernetes": {
    binaries: ["pulumi-resource-kubernetes"],
    refuses: async () => null,
    build: buildProvider,
    minutes: 7,
  },
};

export type Found =
  /** `folder` holds the part's binaries; `onPath` says that it was on PATH before we looked. */
  { readonly folder: string; readonly onPath: boolean } | { readonly missing: string };

/**
 * Finds each part, or makes it: on PATH, in the cache, as an official build, from Go modules; in that order.
 * A part that cannot be had is `missing` with the reason and the remedy; nothing throws.
 */
export async function provideParts(names: readonly PartName[], log: Log): Promise<Record<PartName, Found>> {
  const found: Record<PartName, Found> = Object.fromEntries(
    partNames.map((name) => [name, { missing: `${name} was not asked for` }]),
  ) as Record<PartName, Found>;
  for (const name of names) found[name] = await providePart(name, log);
  return found;
}

/** Returns what to put before PATH so that every found part is on it: folders joined as in PATH, or "". */
export function pathPrefix(found: Readonly<Record<PartName, Found>>): string {
  const folders = Object.values(found).flatMap((f) => ("folder" in f && !f.onPath ? [f.folder] : []));
  return [...new Set(folders)].join(delimiter);
}

async function providePart(name: PartName, log: Log): Promise<Found> {
  const part = parts[name];
  const onPath = await findOnPath(name, log);
  if (onPath !== null) return { folder: onPath, onPath: true };
  try {
    const folder = await cached(cacheFolder(), name, (draft) => makePart(name, part, draft, log), log);
    return { folder: join(folder, "bin"), onPath: false };
  } catch (error) {
    return { missing: `${name} is not on PATH nor in ${cacheFolder()}: ${(error as Error).message}` };
  }
}

async function findOnPath(name: PartName, log: Log): Promise<string | null> {
  const { binaries, refuses } = parts[name];
  const main = lookUp(name);
  if (main === null) return null;
  const absent = binaries.filter((binary) => lookUp(binary) === null);
  const reason = absent.length > 0 ? `${absent.join(", ")} not on PATH` : await refuses(main);
  if (reason === null) return dirname(main);
  log(`${main} is left alone: ${reason}`);
  return null;
}

function lookUp(binary: string): string | null {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, binary)).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

async function makePart(name: PartName, part: Part, draft: string, log: Log): Promise<void> {
  if (part.install !== undefined) {
    try {
      const { install } = part;
      return await timed(`${name}: taking the official build`, log, () => install(draft));
    } catch (error) {
      log(`${name}: no official build: ${(error as Error).message}`);
    }
  }
  const noGo = await goIsMissing();
  if (noGo !== null) throw new Error(`it cannot be built: ${noGo}`);
  const what = `${name}: building from Go modules, up to ${part.minutes} min on two cores`;
  await timed(what, log, () => part.build(draft));
}

async function refuseOldPulumi(binary: string): Promise<string | null> {
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { stdout } = await runCommand(binary, ["version"], { env, timeout: 30_000 });
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(stdout.trim()) ?? [];
  const [, oldest] = pulumiVersion.split(".");
  if (Number(major) > 3 || (Number(major) === 3 && Number(minor) >= Number(oldest))) return null;
  return `version ${stdout.trim() || "unknown"}, older than ${pulumiVersion}`;
}

/** A process of its own, since the Automation API's install cannot be cancelled. */
async function installPulumi(folder: string): Promise<void> {
  await fetch("https://get.pulumi.com/install.sh", { method: "HEAD", signal: AbortSignal.timeout(10_000) }).catch(
    (error: Error) => {
      throw new Error(`https://get.pulumi.com is not reached (${String(error.cause ?? error.message)})`);
    },
  );
  const script = `const { PulumiCommand } = require("@pulumi/pulumi/automation");
    PulumiCommand.install({ root: process.argv[1] })
      .catch((error) => { console.error(error.message); process.exit(1); });`;
  const cwd = dirname(fileURLToPath(import.meta.url));
  await outputOf(process.execPath, ["-e", script, folder], { cwd, timeout: 300_000 });
  const absent = parts.pulumi.binaries.filter((binary) => !existsSync(join(folder, "bin", binary)));
  if (absent.length > 0) throw new Error(`the installation has no ${absent.join(", ")}`);
}

async function buildPulumi(folder: string): Promise<void> {
  await buildGoProgram(
    {
      module: "pulumi",
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      binary: "pulumi",
      variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion}` },
    },
    folder,
  );
  await buildGoProgram(
    {
      module: "language-host",
      package: ".",
      binary: "pulumi-language-nodejs",
      embed: async (copy) => {
        const sdk = await goDependency(copy, "github.com/pulumi/pulumi/sdk/v3");
        for (const script of ["pulumi-analyzer-policy", "pulumi-resource-pulumi-nodejs"]) {
          copyFileSync(join(sdk, "nodejs/dist", script), join(folder, "bin", script));
          chmodSync(join(folder, "bin", script), 0o755);
        }
      },
    },
    folder,
  );
}

async function buildKube(folder: string): Promise<void> {
  const [major = "", minor = ""] = kubernetesVersion.split(".");
  const version = "k8s.io/component-base/version";
  const variables = {
    [`${version}.gitVersion`]: `v${kubernetesVersion}`,
    [`${version}.gitMajor`]: major,
    [`${version}.gitMinor`]: minor,
  };
  await buildGoProgram({ module: "kubernetes", package: ".", binary: "kube", variables }, folder);
}

async function buildProvider(folder: string): Promise<void> {
  await buildGoProgram(
    {
      module: "pulumi-kubernetes",
      package: ".",
      binary: "pulumi-resource-kubernetes",
      embed: async (copy) => {
        const provider = await goDependency(copy, "github.com/pulumi/pulumi-kubernetes/provider/v4");
        const source = join(provider, "cmd/pulumi-resource-kubernetes");
        embedJson(join(source, "schema.json"), join(copy, "schema-embed.json"), { version: providerVersion });
        embedJson(join(source, "terraform-mapping.json"), join(copy, "terraform-mapping-embed.json"));
      },
    },
    folder,
  );
}
