import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it, vi } from "vitest";
import { readAudit, verifyAudit } from "../../stores/audit/file.js";
import { changeOf, decisionOf } from "../provider/decisions.js";
import { describeWith, pulumiWorkspace, testbed, type Workspace } from "../testbed/index.js";
import { firebreak } from "./commands.js";

const program = join(dirname(fileURLToPath(import.meta.url)), "programs/guarded");
const here = { project: "guarded", stack: "dev" };
vi.setConfig({ testTimeout: 240_000 });

describeWith(["pulumi", "cluster", "kubernetesProvider"], "firebreak revert", () => {
  let workspace: Workspace;
  let namespace: string;
  let audit: string;
  const decision = decisionOf(here, [changeOf("plain", 4), changeOf("grouped", 3), changeOf("secret", 3)]);
  const replicas = async (name: string) =>
    await testbed().kubectl("-n", namespace, "get", "deployment", name, "-o", "jsonpath={.spec.replicas}");
  const revert = (id: string, ...args: string[]) =>
    firebreak(["revert", id, "--audit", audit, ...args], { cwd: dirname(audit), env: workspace.env });

  beforeAll(async () => {
    workspace = pulumiWorkspace();
    namespace = workspace.namespace();
    audit = join(mkdtempSync(join(tmpdir(), "firebreak-revert-")), "audit.jsonl");
    const file = join(workspace.folder, "decision.json");
    writeFileSync(file, JSON.stringify(decision));
    const env = { APP_NAMESPACE: namespace, FIREBREAK_DECISION: file, FIREBREAK_AUDIT: audit };
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await workspace.pulumi([...args, "--non-interactive"], { cwd: program, env });
      expect(code, stdout + stderr).toBe(0);
    };
    await run("stack", "init", "dev");
    await run("up", "--yes", "--skip-preview");
    expect([await replicas("plain"), await replicas("grouped"), await replicas("secret")]).toEqual(["4", "3", "3"]);
    // All is gone but the audit log and the kubeconfig.
    rmSync(file);
    rmSync(join(workspace.folder, "state"), { recursive: true });
    rmSync(join(workspace.folder, "home"), { recursive: true });
  });

  it("says what it would do, asks the API server, and writes nothing", async () => {
    const records = readAudit(audit).length;
    const { code, stdout: out } = await revert(decision.id, "--dry-run");
    expect(code, out).toBe(0);
    expect(out).toContain("plain: 4 → 2: would be put back");
    expect(await replicas("plain")).toBe("4");
    expect(readAudit(audit)).toHaveLength(records);
  });

  it("asks first, and changes nothing where there is nobody to ask", async () => {
    const { code, stderr: err } = await revert(decision.id);
    expect(code).toBe(3);
    expect(err).toContain("nobody to ask");
    expect(await replicas("plain")).toBe("4");
  });

  it("puts back what nobody changed since, with the log and the kubeconfig alone, and audits it", async () => {
    await testbed().kubectl("-n", namespace, "scale", "deployment", "grouped", "--replicas=6");
    const { code, stdout: out, stderr: err } = await revert(decision.id.slice(7, 20), "--yes");
    expect(code, out + err).toBe(3);
    expect(out).toContain("plain: 4 → 2: put back");
    expect(out).toMatch(/grouped: 3 → 2: refused: spec\.replicas is 6 now/);
    expect([await replicas("plain"), await replicas("grouped"), await replicas("secret")]).toEqual(["2", "6", "2"]);
    expect(verifyAudit(audit)).toMatchObject({ problems: [], torn: [] });
    const written = readAudit(audit).filter((r) => r.operation === "revert");
    expect(written.map((r) => `${r.name} ${r.phase} ${r.change?.from}→${r.change?.to}`).sort()).toEqual([
      "grouped refused 3→2",
      "plain after 4→2",
      "plain before 4→2",
      "secret after 3→2",
      "secret before 3→2",
    ]);
  });

  it("changes the value in the name of the manager that applied it, so that no later preview meets a conflict", async () => {
    const fields = await testbed().kubectl(
      "-n",
      namespace,
      "get",
      "deployment",
      "plain",
      "--show-managed-fields",
      "-o",
      "json",
    );
    const { metadata } = JSON.parse(fields) as {
      metadata: { managedFields: { manager: string; operation: string; fieldsV1: { "f:spec"?: object } }[] };
    };
    const owners = metadata.managedFields.filter((m) => m.fieldsV1["f:spec"] && "f:replicas" in m.fieldsV1["f:spec"]);
    expect(owners.map((m) => m.operation)).toEqual(["Apply"]);
    expect(owners[0]?.manager).toMatch(/^pulumi/);
  });

  it("finds nothing to do the second time", async () => {
    const { code, stdout: out } = await revert(decision.id, "--yes");
    expect(out).toContain("left: replicas of plain: it was put back already");
    expect(code, out).toBe(3);
  });

  it("refuses a log that was changed, unless told to believe it", async () => {
    const broken = `${audit}.broken`;
    const lines = readAudit(audit).map((r) => JSON.stringify(r.name === "plain" ? { ...r, actor: "eve" } : r));
    writeFileSync(broken, `${lines.join("\n")}\n`);
    const { code, stderr: err } = await revert(decision.id, "--yes", "--audit", broken);
    expect(code).toBe(3);
    expect(err).toContain("is not whole");
  });
});
