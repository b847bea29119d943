import { afterEach, describe, expect, it, vi } from "vitest";
import { openCluster, readClusterUid } from "../../provider/cluster.js";
import { findPulumi, requirePulumi } from "../../provider/pulumiCli.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a missing Pulumi is said with its remedy", () => {
  it("on PATH", async () => {
    vi.stubEnv("PATH", "/nowhere");
    await expect(requirePulumi({})).rejects.toThrow(
      "pulumi is not on PATH: install it from https://www.pulumi.com/docs/install/, or set PULUMI_COMMAND to the path of its binary",
    );
  });

  it.each([
    ["/nowhere/bin/pulumi", "which does not exist"],
    [process.execPath, "expected the path of a binary that ends with bin/pulumi"],
  ])("PULUMI_COMMAND=%s", async (path, why) => {
    expect(await findPulumi({ PULUMI_COMMAND: path })).toEqual({ missing: expect.stringContaining(why) });
  });
});

describe("a cluster that cannot be reached is said with its reason", () => {
  it("where KUBECONFIG names nothing", async () => {
    vi.stubEnv("KUBECONFIG", "/nowhere/kubeconfig");
    const unreachable = "KUBECONFIG names /nowhere/kubeconfig, which does not exist: correct it or unset it";
    expect(openCluster()).toEqual({ unreachable });
    expect(await readClusterUid(openCluster())).toEqual({ unreachable });
  });
});
