import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { cached, isOff } from "../cache.js";
import { outputOf } from "../command.js";
import { logToStderr } from "../log.js";
import { userCache } from "../moto.js";

/** What a published type says of one property. */
export interface PublishedProperty {
  readonly required: boolean;
  /** Its type as TypeScript writes it, without Pulumi's wrappers: `string`, `number[]`, `inputs.autoscaling.GroupTag[]`. */
  readonly type: string;
}

/** The properties of an interface of `@pulumi/aws`, by name. */
export type Published = ReadonlyMap<string, PublishedProperty>;

/**
 * The types that a version of `@pulumi/aws` ships, taken from the package registry once. Only some declarations of the
 * package are read; it is no dependency of the project, since it is large and runs a download when installed.
 * @param files paths in the package, without `.d.ts`
 * @returns a lookup of interfaces by file and by name (`types/input` has dotted names), or why there is none
 */
export async function publishedTypes(
  version: string,
  files: readonly string[],
): Promise<((file: string, name: string) => Published | undefined) | { readonly missing: string }> {
  if (isOff(process.env)) return { missing: "switched off by FIREBREAK_TESTBED=off: unset it" };
  try {
    const part = `pulumi-aws-types-${version}`;
    const folder = await cached(userCache(), part, (draft) => take(version, files, draft), logToStderr);
    const sources = new Map(files.map((file) => [file, read(join(folder, `${file}.d.ts`))]));
    return (file, name) => sources.get(file)?.get(name);
  } catch (error) {
    return {
      missing: `the types of @pulumi/aws ${version} cannot be had from the registry: ${(error as Error).message}`,
    };
  }
}

async function take(version: string, files: readonly string[], folder: string): Promise<void> {
  const options = { cwd: folder, timeout: 120_000 };
  const packed = (await outputOf("npm", ["pack", "--silent", `@pulumi/aws@${version}`], options)).trim();
  const wanted = files.map((file) => `package/${file}.d.ts`);
  execFileSync("tar", ["-xzf", packed, "--strip-components=1", ...wanted], { cwd: folder });
  rmSync(join(folder, packed));
}

/** Every interface of a file of declarations; one in namespaces has their names before its own. */
function read(file: string): Map<string, Published> {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022);
  const found = new Map<string, Published>();
  const visit = (node: ts.Node, prefix: string): void => {
    if (ts.isInterfaceDeclaration(node)) {
      const members = node.members.filter(ts.isPropertySignature).map((member): [string, PublishedProperty] => {
        const required = member.questionToken === undefined;
        return [member.name.getText(source), { required, type: unwrapped(member.type?.getText(source) ?? "") }];
      });
      found.set(prefix + node.name.text, new Map(members));
    }
    const inner = ts.isModuleDeclaration(node) ? `${prefix}${node.name.text}.` : prefix;
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(source, "");
  return found;
}

/** `pulumi.Input<pulumi.Input<string>[] | undefined>` is `string[]`. */
function unwrapped(type: string): string {
  let text = type.replaceAll(" | undefined", "").replace(/\s+/g, " ");
  for (let last = ""; last !== text; ) {
    last = text;
    text = text.replace(/pulumi\.Input<([^<>]*)>/g, "$1");
  }
  return text;
}
