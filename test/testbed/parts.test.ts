import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type PartName, pathPrefix, provideParts } from "./parts.js";

describe("finding a part", () => {
  let folder: string;
  let path: string;
  let log: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "firebreak-parts-"));
    path = join(folder, "path");
    mkdirSync(path);
    log = [];
    // Nothing of this machine's own is found, and nothing is fetched.
    vi.stubEnv("PATH", path);
    vi.stubEnv("FIREBREAK_TESTBED", join(folder, "cache"));
    vi.stubGlobal("fetch", () => Promise.reject(new Error("no network")));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    rmSync(folder, { recursive: true, force: true });
  });

  const install = (name: string, prints = "") =>
    writeFileSync(join(path, name), `#!/bin/sh\necho '${prints}'\n`, { mode: 0o755 });
  const provide = async (name: PartName) => (await provideParts([name], (line) => log.push(line)))[name];

  it("takes an installed Pulumi that comes with its language host", async () => {
    install("pulumi", "v3.219.0");
    for (const name of ["language-nodejs", "analyzer-policy", "resource-pulumi-nodejs"]) install(`pulumi-${name}`);
    expect(await provide("pulumi")).toEqual({ folder: path, onPath: true });
    expect(log).toEqual([]);
  });

  it("leaves a Pulumi alone that is too old or has no language host, and says which", async () => {
    install("pulumi", "v3.100.0");
    await provide("pulumi");
    expect(log[0]).toMatch(/pulumi is left alone: pulumi-language-nodejs, .* not on PATH/);
    for (const name of ["language-nodejs", "analyzer-policy", "resource-pulumi-nodejs"]) install(`pulumi-${name}`);
    log = [];
    await provide("pulumi");
    expect(log[0]).toMatch(/pulumi is left alone: version v3\.100\.0, older than 3\.219\.0/);
  });

  it("leaves another program called kube alone", async () => {
    install("kube", "hello");
    await provide("kube");
    expect(log[0]).toMatch(/kube is left alone: another program of that name/);
  });

  it("goes on to build Pulumi where the official build is not reached", async () => {
    expect(await provide("pulumi")).toEqual({ missing: expect.stringContaining("Go is not on PATH") });
    expect(log.join("\n")).toContain("no official build: https://get.pulumi.com is not reached");
  });

  it.each([
    ["no Go", null, /kube is not on PATH nor in .*: it cannot be built: Go is not on PATH: install Go >= 1\.26/],
    ["an old Go", "go1.22.5", /it cannot be built: Go is too old \(go1\.22\.5\): install Go >= 1\.26/],
    ["a Go that says nothing", "", /it cannot be built: Go is too old \(it names no version\): install Go >= 1\.26/],
  ])("says what to install where there is %s, and leaves nothing in the cache", async (_, version, expected) => {
    if (version !== null) install("go", version);
    expect(await provide("kube")).toEqual({ missing: expect.stringMatching(expected) });
    const [versions = ""] = readdirSync(join(folder, "cache"));
    expect(readdirSync(join(folder, "cache", versions))).toEqual([]);
  });

  it("tells why a build failed", async () => {
    const script = '#!/bin/sh\n[ "$1" = env ] && echo go1.26.0 || { echo "no space left on device" >&2; exit 1; }\n';
    writeFileSync(join(path, "go"), script, { mode: 0o755 });
    expect(await provide("kube")).toEqual({ missing: expect.stringContaining("no space left on device") });
  });
});

describe("what goes before PATH", () => {
  it("is the folders of the parts that are not on it yet", () => {
    const pulumi = { folder: "/usr/bin", onPath: true };
    const kube = { folder: "/cache/kube/bin", onPath: false };
    const provider = { folder: "/cache/provider/bin", onPath: false };
    expect(pathPrefix({ pulumi, kube, "pulumi-resource-kubernetes": provider })).toBe(
      "/cache/kube/bin:/cache/provider/bin",
    );
    expect(pathPrefix({ pulumi, kube: { missing: "no Go" }, "pulumi-resource-kubernetes": pulumi })).toBe("");
  });
});
