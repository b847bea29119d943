import { existsSync, readFileSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cached, isOff } from "./cache.js";
import { outputOf } from "./command.js";
import { logToStderr, timed } from "./log.js";
import { userCache } from "./moto.js";

/** Packages of PyPI that carry published JSON schemas, and where in them. */
const packages = [
  { wheel: "check-jsonschema==0.39.0", folder: "check_jsonschema/builtin_schemas/vendor" },
  { wheel: "kubernetes-validate==1.37.0", folder: "kubernetes_validate/kubernetes-json-schema/v1.36.0-local-strict" },
] as const;

/** Published schemas, parsed: GitHub's of actions and workflows and GitLab's of pipelines, and all of Kubernetes 1.36. */
export interface Schemas {
  readonly action: object;
  readonly workflow: object;
  readonly gitlabCi: object;
  /** JSON Schema 2020-12 with `$defs` such as `io.k8s.api.batch.v1.Job`. */
  readonly kubernetes: object;
}

/** Finds the schemas, or gets them from PyPI: once, into the user's cache. Says why there are none. Never throws. */
export async function findSchemas(): Promise<Schemas | { readonly missing: string }> {
  if (isOff()) return { missing: "switched off by FIREBREAK_TESTBED=off: unset it" };
  const part = "json-schemas-1";
  try {
    const folder = await cached(
      userCache(),
      part,
      (draft) => timed(part, logToStderr, () => download(draft)),
      logToStderr,
    );
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8")) as object;
    return {
      action: read("github-actions.json"),
      workflow: read("github-workflows.json"),
      gitlabCi: read("gitlab-ci.json"),
      kubernetes: read("_definitions.json"),
    };
  } catch (error) {
    return { missing: `${part} cannot be had from PyPI: ${(error as Error).message}` };
  }
}

async function download(folder: string): Promise<void> {
  const wheels = packages.map(({ wheel }) => wheel);
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder];
  await outputOf("python3", [...pip, ...wheels], { timeout: 600_000 });
  for (const name of await readdir(folder)) {
    await outputOf("python3", ["-m", "zipfile", "-e", join(folder, name), folder]);
    await rm(join(folder, name));
  }
  const wanted = ["github-actions.json", "github-workflows.json", "gitlab-ci.json", "_definitions.json"];
  for (const name of wanted) {
    const found = packages.map((p) => join(folder, p.folder, name)).find((file) => existsSync(file));
    if (found === undefined) throw new Error(`no package holds ${name}`);
    await rename(found, join(folder, name));
  }
  for (const name of await readdir(folder)) {
    if (!wanted.includes(name)) await rm(join(folder, name), { recursive: true });
  }
}
