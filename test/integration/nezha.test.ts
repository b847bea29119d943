import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { Topology } from "../../graph/types.js";
import type { Decision } from "../../planner/types.js";
import { describeWith, pulumiWorkspace, testbed } from "../testbed/index.js";
import { firebreak, project } from "./commands.js";

vi.setConfig({ testTimeout: 240_000 });
const edges = join(project, "../shared/data/nezha/edge_minute.csv.gz");
const program = join(project, "test/integration/programs/boutique");

if (!existsSync(edges)) {
  console.warn(`skipped: real traffic to a real stack: ${edges} is not here`);
  describe.skip("real traffic of Online Boutique (skipped: the Nezha data is not beside this checkout)", () => {
    it("is not here", () => undefined);
  });
} else {
  describeWith(["pulumi", "cluster", "kubernetesProvider"], "real traffic of Online Boutique to a real stack", () => {
    it("goes from traces of 2022-08-22 to the replicas that kubectl shows", async () => {
      const workspace = pulumiWorkspace();
      const namespace = workspace.namespace();
      const cwd = workspace.folder;
      const env = { ...workspace.env, APP_NAMESPACE: namespace };
      const run = async (...args: string[]) => {
        const ran = await firebreak(args, { cwd, env });
        expect(ran.code, ran.stderr).toBe(0);
        return ran.stdout;
      };
      const window = ["--history", "history", "--at", "2022-08-23T00:00:00Z"];
      const stack = ["--cwd", program, "--stack", `nezha-${namespace}`];

      await run("ingest", edges, "--into", "history", "--json");
      const topology = JSON.parse(await run("graph", ...window, "--json")) as Topology;
      expect(topology.nodes.map((n) => n.id)).toEqual([
        "adservice",
        "cartservice",
        "checkoutservice",
        "currencyservice",
        "emailservice",
        "frontend",
        "paymentservice",
        "productcatalogservice",
        "recommendationservice",
        "shippingservice",
      ]);
      expect(topology.links).toHaveLength(13);
      expect(await run("graph", ...window)).toMatch(/external into.*\n.*\nfrontend/);

      await run("plan", ...window, ...stack, "--threshold", "0.009", "--out", "decision.json");
      const decision = JSON.parse(readFileSync(join(cwd, "decision.json"), "utf8")) as Decision;
      expect(decision.changes.length).toBeGreaterThan(0);
      expect(decision.instances.find((i) => i.id === "frontend")?.before.risk).toBeGreaterThan(0.009);
      expect(decision.instances.every((i) => i.after === null || i.after.risk <= 0.009)).toBe(true);

      await run("up", ...stack, "--decision", "decision.json", "--create", "--yes");
      const shown = await testbed().kubectl(
        ...["get", "deployments", "-n", namespace],
        ...["-o", "jsonpath={range .items[*]}{.metadata.name}={.spec.replicas} {end}"],
      );
      const replicas = Object.fromEntries(
        shown
          .trim()
          .split(" ")
          .map((pair) => pair.split("=")),
      );
      const decided = new Map(decision.changes.map((c) => [c.service, String(c.to)]));
      expect(replicas).toEqual(Object.fromEntries(topology.services.map(({ id }) => [id, decided.get(id) ?? "1"])));

      const again = await firebreak(["up", ...stack, "--decision", "decision.json", "--yes", "--json"], { cwd, env });
      expect(again.code, again.stderr).toBe(0);
      expect(Object.keys(JSON.parse(again.stdout).changeSummary)).toEqual(["same"]);
    });
  });
}
