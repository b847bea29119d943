import { readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { InputError } from "../../input/problems.js";
import { readManifestFolder } from "../../policies/read/manifestFolder.js";
import { readManifests } from "../../policies/read/manifests.js";
import { readPulumiPlan } from "../../policies/read/pulumiPlan.js";
import { readPulumiPreview } from "../../policies/read/pulumiPreview.js";
import { readTerraformPlan } from "../../policies/read/terraformPlan.js";
import type { PlannedResource, PlannedStack } from "../../policies/types.js";
import type { Call } from "../command.js";
import { nearPath, type Terminal } from "../output.js";

/** The files that a plan may be in, by flag. */
const readers = {
  pulumiPreview: { flag: "--pulumi-preview", read: readPulumiPreview },
  pulumiPlan: { flag: "--pulumi-plan", read: readPulumiPlan },
  terraformPlan: { flag: "--terraform-plan", read: readTerraformPlan },
} as const;

/** What is planned, with the file that it was read from; none for standard input. */
export interface PlannedSource {
  readonly stack: PlannedStack;
  readonly input?: string;
}

/**
 * Reads the one plan that the flags name. Places of resources are as people in the working folder would type them.
 * @throws InputError where there is none or several, or it cannot be read
 */
export async function plannedSource({ flags, terminal }: Call): Promise<PlannedSource> {
  const given = Object.entries(readers).filter(([name]) => flags[name] !== undefined);
  const manifests = flags.manifests as string | undefined;
  const names = [...given.map(([, { flag }]) => flag), ...(manifests === undefined ? [] : ["--manifests"])];
  if (names.length !== 1) {
    const all = [...Object.values(readers).map(({ flag }) => flag), "--manifests"].join(", ");
    const message =
      names.length === 0 ? `none is given; give one of ${all}` : `${names.join(" and ")} are given; give one`;
    throw new InputError("check", [{ place: "plan", message }]);
  }
  if (manifests !== undefined) return readFolders(terminal, manifests, flags.base as string | undefined);
  if (flags.base !== undefined) {
    throw new InputError("check", [{ place: "--base", message: "goes with --manifests; remove it" }]);
  }
  const [name, { read }] = given[0]!;
  const file = String(flags[name]);
  if (file === "-" && flags.topology === "-") {
    const message = "both read standard input; give one of them a file";
    throw new InputError("check", [{ place: `${given[0]![1].flag} and --topology`, message }]);
  }
  const root = resolve(terminal.cwd, (flags.cwd as string | undefined) ?? ".");
  const stack = read(file === "-" ? await buffer(terminal.stdin) : bytesOf(terminal, file), file);
  return {
    stack: placed(stack, ({ place }) =>
      nearPath(terminal, isAbsolute(place.file) ? place.file : resolve(root, place.file)),
    ),
    ...(file !== "-" && { input: nearPath(terminal, resolve(terminal.cwd, file)) }),
  };
}

function readFolders(terminal: Terminal, folder: string, base: string | undefined): PlannedSource {
  const read = (name: string) => readManifestFolder(resolve(terminal.cwd, name), name);
  const stack = readManifests(read(folder), base === undefined ? undefined : read(base), folder);
  const folderOf = ({ operation }: PlannedResource) => (operation === "delete" ? (base ?? folder) : folder);
  return {
    stack: placed(stack, (resource) =>
      nearPath(terminal, resolve(terminal.cwd, folderOf(resource), resource.place.file)),
    ),
    input: nearPath(terminal, resolve(terminal.cwd, folder)),
  };
}

type Placed = PlannedResource & { readonly place: NonNullable<PlannedResource["place"]> };

function placed(stack: PlannedStack, fileOf: (resource: Placed) => string): PlannedStack {
  const resources = stack.resources.map((resource) => {
    const { place } = resource;
    return place === undefined ? resource : { ...resource, place: { ...place, file: fileOf({ ...resource, place }) } };
  });
  return { ...stack, resources };
}

function bytesOf(terminal: Terminal, file: string): Buffer {
  try {
    return readFileSync(resolve(terminal.cwd, file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message =
      code === "EISDIR"
        ? "is a folder; one of manifests goes with --manifests"
        : `cannot be read (${code}); check the path`;
    throw new InputError(file, [{ place: file, message }]);
  }
}
