import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Decision } from "../../planner/types.js";
import { describeWith, pulumiWorkspace, testbed, type Workspace } from "../testbed/index.js";
import { firebreak, project } from "./commands.js";

vi.setConfig({ testTimeout: 240_000 });

/** The reference stack at the root, as a stranger deploys it: ingest, plan, `pulumi up`. */
describeWith(["pulumi", "cluster", "kubernetesProvider"], "`pulumi up` at the root", () => {
  const stackName = `test-${process.pid}`;
  let workspace: Workspace;
  let env: Record<string, string>;
  let decisionFile: string;
  const file = (name: string) => join(workspace.folder, name);
  const pulumi = (...args: string[]) => workspace.pulumi([...args, "--non-interactive"], { cwd: project, env });
  const command = (...args: string[]) => firebreak(args, { cwd: project, env: { ...workspace.env, ...env } });
  const catalogue = () =>
    testbed().kubectl(
      "get",
      "deployment",
      "productcatalogservice",
      "-n",
      env.NAMESPACE ?? "",
      "-o",
      "jsonpath={.spec.replicas}",
    );

  beforeAll(async () => {
    workspace = pulumiWorkspace();
    decisionFile = file("decision.json");
    env = { FIREBREAK_DECISION: decisionFile, NAMESPACE: workspace.namespace() };
    const made = await workspace.pulumi(["stack", "init", stackName], { cwd: project, env });
    expect(made.code, made.stderr).toBe(0);
    await pulumi("config", "set", "namespace", env.NAMESPACE ?? "", "--stack", stackName);
    const { writeFlowLog } = await import("../../examples/online-boutique/traffic.js");
    writeFileSync(file("flows.log"), writeFlowLog({ seed: 1, start: Date.parse("2026-11-25T09:00:00Z") / 1000 }));
    const ingested = await command("ingest", file("flows.log"), "--into", file("history"));
    expect(ingested.code, ingested.stderr).toBe(0);
  });
  afterAll(() => rmSync(join(project, `Pulumi.${stackName}.yaml`), { force: true }));

  const plan = () => command("plan", "--history", file("history"), "--stack", stackName, "--out", decisionFile);
  const decision = () => JSON.parse(readFileSync(decisionFile, "utf8")) as Decision;

  it("deploys as written without a decision, and says so", async () => {
    const { code, stdout, stderr } = await pulumi("up", "--yes", "--skip-preview", "--stack", stackName);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout + stderr).toMatch(/as written/);
    expect(await catalogue()).toBe("1");
  });

  it("is planned from its own state: one change, bound to this cluster", async () => {
    const { code, stderr } = await plan();
    expect(code, stderr).toBe(0);
    expect(decision().changes).toMatchObject([{ kind: "replicas", service: "productcatalogservice", from: 1, to: 2 }]);
    expect(decision().boundTo).toMatchObject({ project: "firebreak-online-boutique", stack: stackName });
    expect(decision().boundTo.clusterUid).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("deploys with the decision, and a second time changes nothing", async () => {
    const first = await pulumi("up", "--yes", "--skip-preview", "--stack", stackName);
    expect(first.code, first.stdout + first.stderr).toBe(0);
    expect(await catalogue()).toBe("2");
    const second = await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", stackName);
    expect(second.code, second.stdout + second.stderr).toBe(0);
  });

  it("keeps the change in force when it is planned again", async () => {
    const { code, stderr } = await plan();
    expect(code, stderr).toBe(0);
    expect(decision().changes).toMatchObject([{ kind: "replicas", service: "productcatalogservice", from: 1, to: 2 }]);
  });

  it("changes nothing once the decision file is gone, and names it", async () => {
    const content = readFileSync(decisionFile);
    rmSync(decisionFile);
    const { code, stdout, stderr } = await pulumi("up", "--yes", "--skip-preview", "--stack", stackName);
    writeFileSync(decisionFile, content);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("its file is missing");
    expect(await catalogue()).toBe("2");
  });
});
