import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { diffManifests, manifestsOf } from "../../provider/manifests.js";
import { type RegisteredResource, renderProgram } from "../../provider/renderProgram.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

const resource = (kind: string, name: string, spec: object): RegisteredResource => ({
  urn: `urn:pulumi:dev::shop::kubernetes:apps/v1:${kind}::${name}`,
  type: `kubernetes:apps/v1:${kind}`,
  name,
  custom: true,
  inputs: { spec, kind, apiVersion: "apps/v1", metadata: { namespace: "shop" } },
  options: { parent: null, protect: false, ignoreChanges: [] },
});

describe("manifests", () => {
  it("are the Kubernetes objects, by id and with sorted keys", () => {
    const component = { ...resource("Deployment", "group", {}), type: "shop:app:Service" };
    const manifests = manifestsOf([
      resource("Deployment", "web", { replicas: 2 }),
      component,
      resource("Deployment", "api", {}),
    ]);
    expect(manifests.map((m) => m.id)).toEqual(["apps/v1/Deployment/shop/api", "apps/v1/Deployment/shop/web"]);
    expect(manifests[1]?.yaml).toBe(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 2\n",
    );
  });

  it("differ in the objects that differ only", () => {
    const api = resource("Deployment", "api", { replicas: 1 });
    const diff = diffManifests(
      [api, resource("Deployment", "web", { replicas: 2 })],
      [resource("Deployment", "web", { replicas: 3 }), api],
    );
    expect(diff).toContain("--- a/apps/v1/Deployment/shop/web\n+++ b/apps/v1/Deployment/shop/web\n");
    expect(diff.split("\n").filter((line) => /^[-+] /.test(line))).toEqual(["-  replicas: 2", "+  replicas: 3"]);
    expect(diff).not.toContain("api\n+++");
    expect(diffManifests([api], [api])).toBe("");
  });

  const cwd = join(dirname(fileURLToPath(import.meta.url)), "../integration/programs/workloads");

  it("come from a program without an engine, with the options that decide who may change what", async () => {
    vi.stubEnv("PROTECT", "true");
    const resources = await renderProgram({ cwd, stack: "rendered" });
    const of = (name: string) => resources.find((r) => r.name === name && /:(Deployment|StatefulSet)$/.test(r.type));
    expect(of("web")).toMatchObject({
      urn: "urn:pulumi:rendered::workloads::kubernetes:apps/v1:Deployment::web",
      inputs: { metadata: { namespace: "home", name: "web" }, spec: { replicas: 2 } },
    });
    expect(of("left")?.options.ignoreChanges).toEqual(["spec.replicas"]);
    expect(of("kept")?.options.protect).toBe(true);
    expect(JSON.stringify(of("hidden")?.inputs)).toContain("[secret]");
  });

  it("say what a program lacks that fails", async () => {
    await expect(renderProgram({ cwd, stack: "dev" })).rejects.toThrow(
      /the program of stack dev failed: .*workloads:namespace/,
    );
  });

  it("name the folder where there is no project", async () => {
    await expect(renderProgram({ cwd: "/", stack: "dev" })).rejects.toThrow(/Pulumi.yaml: not found here or above/);
  });
});
