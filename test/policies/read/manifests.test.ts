import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../../input/problems.js";
import { readManifestFolder } from "../../../policies/read/manifestFolder.js";
import { type ManifestFile, readManifests } from "../../../policies/read/manifests.js";
import { secretValue, valueIn } from "../../../policies/values.js";

const deployment = (name: string, replicas: number | string, more = "") =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name}, namespace: shop${more} }\nspec:\n  replicas: ${replicas}\n`;
const file = (text: string, name = "app.yaml"): ManifestFile => ({ file: name, text });

function problemsOf(files: ManifestFile[], base?: ManifestFile[]): string[] {
  try {
    readManifests(files, base, "k8s");
  } catch (error) {
    if (error instanceof InputError) return error.problems.map((p) => `${p.place}: ${p.message}`);
    throw error;
  }
  return [];
}

describe("manifests", () => {
  it("are one resource for each object, with its file and line", () => {
    const list =
      "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Service\n    metadata: { name: web }\n";
    const json = '{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "r"}}';
    const { resources, warnings } = readManifests(
      [file(`# shop\n\n${deployment("web", 2)}---\n---\n# more\n${list}`), file(json, "a/route.json")],
      undefined,
      "k8s",
    );
    expect(
      resources.map(({ address, type, name, operation, place }) => [address, type, name, operation, place?.line]),
    ).toEqual([
      ["a/route.json#HTTPRoute/r", "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "r", "create", 1],
      ["app.yaml#Deployment/shop/web", "kubernetes:apps/v1:Deployment", "web", "create", 3],
      ["app.yaml#Service/web", "kubernetes:core/v1:Service", "web", "create", 11],
    ]);
    expect(warnings).toEqual([]);
  });

  it("are compared with those before by group, kind, namespace and name, wherever they are written", () => {
    const before = [
      file([deployment("web", 2), deployment("gone", 1), deployment("kept", 1)].join("---\n"), "old.yaml"),
    ];
    const after = [file([deployment("web", 3), deployment("kept", 1), deployment("new", 1)].join("---\n"))];
    const { resources } = readManifests(after, before, "k8s");
    expect(
      resources.map(({ address, operation, before, after }) => [
        address,
        operation,
        valueIn(before, ["spec", "replicas"]),
        valueIn(after, ["spec", "replicas"]),
      ]),
    ).toEqual([
      ["app.yaml#Deployment/shop/kept", "same", 1, 1],
      ["app.yaml#Deployment/shop/new", "create", undefined, 1],
      ["app.yaml#Deployment/shop/web", "update", 2, 3],
      ["old.yaml#Deployment/shop/gone", "delete", 1, undefined],
    ]);
  });

  it("of Secrets are covered, before and after", () => {
    const secret = (value: string) =>
      file(`apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { a: ${value} }\ndata: { b: aHVudGVy }\n`);
    const { resources } = readManifests([secret("hunter2")], [secret("hunter1")], "k8s");
    expect(resources[0]).toMatchObject({ after: { data: secretValue, stringData: secretValue }, operation: "same" });
    expect(JSON.stringify(resources)).not.toMatch(/hunter|aHVudGVy/);
  });

  it("that are no Kubernetes objects are left out with a warning, and kustomizations without", () => {
    const kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n";
    const { resources, warnings } = readManifests(
      [file("replicas: 2\n---\n- 1\n", "values.yaml"), file(kustomization)],
      undefined,
      "k8s",
    );
    expect(resources).toEqual([]);
    expect(warnings).toEqual(["values.yaml: 2 documents are no Kubernetes objects and were not judged"]);
  });

  it("follow merge keys and aliases as Kubernetes' tools do", () => {
    const text = `${deployment("web", "&n 3")}  minReadySeconds: *n\n  <<: { paused: true }\n`;
    const [resource] = readManifests([file(text)], undefined, "k8s").resources;
    expect(resource?.after?.spec).toEqual({ replicas: 3, minReadySeconds: 3, paused: true });
  });

  const build = "build what is deployed with `helm template` or `kubectl kustomize`, and check that";
  const aliases = "an alias has no anchor, leads to itself, or is used too often; write it out";
  it.each<[string, string, string]>([
    ["a chart's template", deployment("web", "{{ .Values.replicas }}"), `app.yaml, line 5: is a template; ${build}`],
    ["a chart's block", `{{- if .Values.on }}\n${deployment("web", 1)}`, `app.yaml, line 1: is a template; ${build}`],
    ["a tab", "a: 1\n\tb: 2", "app.yaml, line 2: a tab is used as indentation; correct it"],
    ["a key given twice", "a: 1\na: hunter2", "app.yaml, line 2: a key is there twice; correct it"],
    ["a text that is not closed", 'a: "hunter2', "app.yaml, line 1: a bracket, quote or comma is missing; correct it"],
    ["an alias without anchor", "a: *hunter2", `app.yaml, line 1: ${aliases}`],
    ["an alias of itself", "a: &a\n  b: *a\n  c: *a", `app.yaml, line 1: ${aliases}`],
    [
      "a billion laughs",
      `a: &a [x,x,x,x,x,x,x,x,x]\n${["b", "c", "d", "e"].map((k, i) => `${k}: &${k} [${Array(9).fill(`*${"abcd"[i]}`).join(",")}]`).join("\n")}`,
      `app.yaml, line 1: ${aliases}`,
    ],
    [
      "nesting that fills a stack",
      "[".repeat(50_000),
      "app.yaml, line 1: is nested more than 256 levels deep; correct it",
    ],
    [
      "an object without a name",
      "kind: Pod\napiVersion: v1\nmetadata: {}\n",
      "app.yaml, line 1: Pod has no metadata.name; give it one",
    ],
    [
      "one object twice",
      `${deployment("web", 1)}---\n${deployment("web", 2)}`,
      "app.yaml, line 7: Deployment/shop/web is in app.yaml, line 1, too; give what is deployed: build overlays with `kubectl kustomize` and charts with `helm template`",
    ],
  ])("that hold %s are refused, and no value is shown", (_title, text, problem) => {
    expect(problemsOf([file(text)])).toEqual([problem]);
    expect(problemsOf([], [file(text)]).map((p) => p.replace("base: ", ""))).toEqual([problem]);
  });

  it("may hold what looks like a template in a text", () => {
    expect(problemsOf([file(deployment("web", 1, ', annotations: { a: "{{ $labels.pod }}" }'))])).toEqual([]);
  });
});

describe("a folder of manifests", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "firebreak-manifests-"));
    for (const name of ["b/c", ".git", "node_modules/x", "empty", "latin", "loop"])
      mkdirSync(join(folder, name), { recursive: true });
    for (const name of ["a.yml", "b/c/d.yaml", "b/e.JSON", ".git/x.yaml", "node_modules/x/y.yaml", "b/readme.md"]) {
      writeFileSync(join(folder, name), `name: ${name}`);
    }
    writeFileSync(join(folder, "latin/x.yaml"), Buffer.from([0x61, 0x3a, 0xff]));
    symlinkSync(folder, join(folder, "loop/again"));
    writeFileSync(join(folder, "loop/x.yaml"), "");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is read with the folders below, but not hidden ones, libraries and links to folders", () => {
    expect(readManifestFolder(join(folder, "b"), "b").map(({ file }) => file)).toEqual(["c/d.yaml", "e.JSON"]);
    expect(readManifestFolder(join(folder, "loop"), "loop").map(({ file }) => file)).toEqual(["x.yaml"]);
  });

  it.each([
    ["empty", /empty: holds no .yaml, .yml or .json file/],
    ["nowhere", /nowhere: cannot be read \(ENOENT\); give a folder/],
    ["a.yml", /a\.yml: cannot be read \(ENOTDIR\); give a folder/],
    ["latin", /x\.yaml: is not UTF-8/],
  ])("is refused where it is %s", (name, message) => {
    expect(() => readManifestFolder(join(folder, name), name)).toThrow(message);
  });
});
