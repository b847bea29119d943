import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportFormats } from "../../policies/report/index.js";
import { changeOf, decisionOf } from "../provider/decisions.js";
import { firebreak } from "./terminal.js";

/** No text of ours holds it, in any escape. */
const secret = "hunter2SecretHunter2";
const marker = "4dabf18193072939515e22adb298388d";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "firebreak-secrets-"));
  mkdirSync(join(cwd, ".firebreak"));
  const changes = ["web", "api"].map((name) => changeOf(name, 3));
  const decision = decisionOf({ project: "shop", stack: "dev" }, changes, { createdAt: "2026-11-25T09:50:00Z" });
  writeFileSync(join(cwd, ".firebreak/decision.json"), JSON.stringify(decision));
});
afterAll(() => rmSync(cwd, { recursive: true }));

/** All that a check says of a plan, in every format. */
async function allSaid(args: readonly string[]): Promise<string> {
  const files = reportFormats.map(({ name }) => `out.${name}`);
  for (const file of files) rmSync(join(cwd, file), { force: true });
  const formats = reportFormats.flatMap(({ name }) => ["--format", `${name}=out.${name}`]);
  const { code, out, err } = await firebreak(["check", ...args, ...formats], { cwd });
  // Exit 1 would be a crash: the secret may then be in a stack that the test does not see.
  expect([0, 2, 3]).toContain(code);
  const reports = code === 2 ? [] : files.map((file) => readFileSync(join(cwd, file), "utf8"));
  return [out, err, ...reports].join("\n");
}

type Path = readonly (string | number)[];

/** The paths of every value below `value`. */
function pathsOf(value: unknown, above: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [above];
  return [above, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...above, key]))];
}

function replaced(value: unknown, path: Path, by: (old: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by(value);
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  (copy as Record<string | number, unknown>)[key] = replaced(
    (value as Record<string | number, unknown>)[key],
    rest,
    by,
  );
  return copy;
}

const object = (name: string) => ({
  metadata: { name, labels: { app: name }, annotations: { "firebreak.dev/except": "[]", note: "x" } },
  spec: {
    replicas: 2,
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "m", image: "i" }] } },
  },
});

describe("a secret", () => {
  const token = "kubernetes:apps/v1:Deployment";
  const marked = [
    { [marker]: "1b47061264138c4ac30d75fd1eb44270", plaintext: JSON.stringify(secret) },
    { [marker]: "1b47061264138c4ac30d75fd1eb44270", ciphertext: secret },
    { [marker]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", secret: true, value: secret },
    { [marker]: "c44067f5952c0a294b673a41bacd8c17", text: secret },
  ];

  it("that is marked anywhere in a Pulumi preview or plan is in no report and no message", async () => {
    const inputs = object("web");
    const places = pathsOf(inputs);
    const cases = fc.record({
      place: fc.constantFrom(...places),
      value: fc.constantFrom(...marked),
      plan: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ place, value, plan }) => {
        const urn = `urn:pulumi:dev::shop::${token}::web`;
        const spoilt = replaced(inputs, place, () => value);
        const state = { urn, type: token, inputs: spoilt, outputs: { ...inputs, password: secret }, id: secret };
        const document = plan
          ? {
              manifest: {},
              resourcePlans: { [urn]: { steps: ["update"], goal: { inputDiff: { updates: spoilt } }, state: spoilt } },
            }
          : {
              steps: [{ op: "update", urn, oldState: state, newState: state }],
              changeSummary: {},
              config: { "shop:key": secret },
              diagnostics: [{ severity: "warning", message: secret }],
            };
        writeFileSync(join(cwd, "plan.json"), JSON.stringify(document));
        expect(await allSaid([plan ? "--pulumi-plan" : "--pulumi-preview", "plan.json"])).not.toContain(secret);
      }),
      { numRuns: 60 },
    );
  });

  it("that is sensitive anywhere in a Terraform plan is in no report and no message", async () => {
    const values = {
      metadata: [{ name: "web", namespace: "shop", labels: { app: "web" }, annotations: { note: "x" } }],
      spec: [
        {
          replicas: "2",
          template: [{ spec: [{ container: [{ name: "m", image: "i" }], node_selector: { a: "b" } }] }],
        },
      ],
    };
    const places = pathsOf(values).filter((path) => path.length > 0);
    const cases = fc.record({ place: fc.constantFrom(...places), deleted: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(cases, async ({ place, deleted }) => {
        const planted = replaced(values, place, () => secret);
        const mask = [...place].reverse().reduce<unknown>((below, key) => {
          if (!/^\d+$/.test(String(key))) return { [key]: below };
          return Array.from({ length: Number(key) + 1 }, (_, i) => (i === Number(key) ? below : false));
        }, true);
        const change = deleted
          ? {
              actions: ["delete"],
              before: planted,
              after: null,
              after_unknown: {},
              before_sensitive: mask,
              after_sensitive: false,
            }
          : {
              actions: ["create"],
              before: null,
              after: planted,
              after_unknown: { id: true },
              before_sensitive: false,
              after_sensitive: mask,
            };
        const resource = {
          address: "kubernetes_deployment.web",
          mode: "managed",
          type: "kubernetes_deployment",
          name: "web",
          change,
        };
        const document = {
          format_version: "1.2",
          variables: { password: { value: secret } },
          planned_values: { outputs: { password: { sensitive: true, value: secret } } },
          resource_changes: [resource],
          output_changes: { password: { after: secret } },
          prior_state: { values: { outputs: { password: { value: secret } } } },
        };
        writeFileSync(join(cwd, "plan.json"), JSON.stringify(document));
        expect(await allSaid(["--terraform-plan", "plan.json"])).not.toContain(secret);
      }),
      { numRuns: 60 },
    );
  });

  it("of a Secret among manifests is in no report and no message", async () => {
    mkdirSync(join(cwd, "k8s"), { recursive: true });
    const value = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      data: { a: secret },
      stringData: { b: secret },
    };
    const workload = { apiVersion: "apps/v1", kind: "Deployment", ...object("web") };
    const list = { apiVersion: "v1", kind: "List", items: [{ ...value, metadata: { name: "t" } }, workload] };
    writeFileSync(join(cwd, "k8s/all.json"), JSON.stringify(list));
    writeFileSync(join(cwd, "k8s/s.yaml"), JSON.stringify(value));
    expect(await allSaid(["--manifests", "k8s"])).not.toContain(secret);
  });

  it("in a plan that is spoilt anywhere is in no message, whether it is refused or judged", async () => {
    const state = (name: string) => ({
      type: token,
      inputs: { ...object(name), data: { [marker]: "1b47061264138c4ac30d75fd1eb44270", ciphertext: secret } },
    });
    const steps = ["web", "api"].map((name) => ({
      op: "create",
      urn: `urn:pulumi:dev::shop::${token}::${name}`,
      newState: state(name),
    }));
    const text = JSON.stringify({ steps, changeSummary: {} });
    const edit = fc.record({
      at: fc.nat(text.length),
      remove: fc.nat(3),
      insert: fc.constantFrom("", ",", "}", "]", "{", '"', ":", "\\", "\n"),
    });
    await fc.assert(
      fc.asyncProperty(edit, async ({ at, remove, insert }) => {
        const spoilt = text.slice(0, at) + insert + text.slice(at + remove);
        // A spoilt mark is no mark: the value is then like any other.
        fc.pre(spoilt.split(marker).length === 3 && spoilt.split(`"ciphertext":"${secret}"}`).length === 3);
        writeFileSync(join(cwd, "plan.json"), spoilt);
        expect(await allSaid(["--pulumi-preview", "plan.json"])).not.toContain(secret);
      }),
      { numRuns: 100 },
    );
  });
});
