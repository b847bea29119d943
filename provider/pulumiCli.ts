import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

/** A Pulumi command line that the Automation API can drive. */
export interface PulumiCli {
  readonly command: PulumiCommand;
  /** For example `3.219.0`. */
  readonly version: string;
}

/** Why there is no usable Pulumi here, ending with the remedy. */
export interface NoPulumi {
  readonly missing: string;
}

/** No usable Pulumi on this machine. The message is for people and ends with the remedy. */
export class PulumiMissingError extends Error {
  override readonly name = "PulumiMissingError";
}

const install = "install it from https://www.pulumi.com/docs/install/";

/**
 * Finds the `pulumi` of `PULUMI_COMMAND` (the path of the binary), else the one on PATH, and asks its version.
 * Never throws: where there is none, or one too old for the Automation API, the answer says so.
 */
export async function findPulumi(environment: NodeJS.ProcessEnv = process.env): Promise<PulumiCli | NoPulumi> {
  const chosen = environment.PULUMI_COMMAND;
  if (chosen !== undefined && chosen !== "") {
    const path = resolve(chosen);
    if (!existsSync(path)) {
      return {
        missing: `PULUMI_COMMAND names ${chosen}, which does not exist: correct it, or unset it to search PATH`,
      };
    }
    // The Automation API takes an installation's root and runs `bin/pulumi` of it, with its plugins beside it.
    if (basename(path) !== "pulumi" || basename(dirname(path)) !== "bin") {
      return { missing: `PULUMI_COMMAND names ${chosen}: expected the path of a binary that ends with bin/pulumi` };
    }
    return ask(dirname(dirname(path)));
  }
  return ask(undefined);
}

/** Like `findPulumi`. @throws PulumiMissingError */
export async function requirePulumi(environment: NodeJS.ProcessEnv = process.env): Promise<PulumiCli> {
  const found = await findPulumi(environment);
  if ("missing" in found) throw new PulumiMissingError(found.missing);
  return found;
}

async function ask(root: string | undefined): Promise<PulumiCli | NoPulumi> {
  const where = root === undefined ? "pulumi on PATH" : `${root}/bin/pulumi`;
  try {
    const command = await PulumiCommand.get(root === undefined ? {} : { root });
    return { command, version: command.version?.toString() ?? "unknown" };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (/ENOENT/.test(text)) {
      return { missing: `pulumi is not on PATH: ${install}, or set PULUMI_COMMAND to the path of its binary` };
    }
    if (/EACCES/.test(text)) return { missing: `${where} cannot be run: make it executable, or ${install}` };
    if (/version/i.test(text)) return { missing: `${where} cannot be used: ${firstLine(text)}` };
    return { missing: `${where} does not run (${firstLine(text)}): ${install}` };
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}
