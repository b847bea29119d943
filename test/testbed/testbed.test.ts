import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { describeWith, pulumiWorkspace, testbed } from "./index.js";

const program = join(dirname(fileURLToPath(import.meta.url)), "program");

describeWith(["cluster"], "the cluster", () => {
  it("has six ready nodes over three zones", async () => {
    const { kubectl } = testbed();
    const { items } = JSON.parse(await kubectl("get", "nodes", "-o", "json"));
    const zoneOf = new Map<string, string>();
    for (const { metadata, status } of items) {
      expect(status.conditions).toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
      zoneOf.set(metadata.name, metadata.labels["topology.kubernetes.io/zone"]);
    }
    expect([...zoneOf.values()].sort()).toEqual(["zone-a", "zone-a", "zone-b", "zone-b", "zone-c", "zone-c"]);
  });

  it("tells what kubectl said where it refuses", async () => {
    await expect(testbed().kubectl("get", "deployment", "nowhere")).rejects.toThrow(/"nowhere" not found/);
  });
});

describeWith(["pulumi", "cluster", "kubernetesProvider"], "the engine on the cluster", () => {
  it("deploys what the transform decided, and then finds nothing to change", async () => {
    const { pulumi, namespace, program: cwd } = pulumiWorkspace(program);
    const { kubectl } = testbed();
    const home = namespace();
    expect(await pulumi(["stack", "init", "dev"])).toMatchObject({ code: 0 });
    expect(await pulumi(["config", "set", "namespace", home])).toMatchObject({ code: 0 });

    expect(await pulumi(["up", "--yes", "--skip-preview"])).toMatchObject({ code: 0 });
    const read = (path: string) => kubectl("get", "deployment", "web", "-n", home, "-o", `jsonpath={${path}}`);
    expect(await read(".spec.replicas")).toBe("3");
    expect(await read(".status.readyReplicas")).toBe("3");
    expect(readFileSync(join(cwd, "journal"), "utf8")).toBe("web\n");
    expect((await pulumi(["stack", "output", "score"])).stdout.trim()).toBe("0.25");

    const again = await pulumi(["preview", "--expect-no-changes"]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain("unchanged");
  });
});
