import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { services } from "../../examples/online-boutique/services.js";
import { readInventory } from "../../graph/inventory.js";
import { describeWith, pulumiWorkspace, testbed } from "../testbed/index.js";
import { firebreak } from "./commands.js";

const shown = services.filter((s) => ["frontend", "cartservice", "redis-cart"].includes(s.name));

/** The Deployment and the Service of a service of the example, as `kubectl apply` reads them. */
function manifestsOf({ name, replicas, requests, image, servicePort, facts }: (typeof services)[number]) {
  const labels = { app: name };
  const containers = [{ name: "server", image, resources: { requests } }];
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, labels, annotations: { "firebreak.dev/tier": facts.tier } },
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: labels, ports: [{ port: servicePort }] },
    },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name },
      spec: { selector: { matchLabels: labels }, maxUnavailable: 1 },
    },
  ];
}

describeWith(["cluster"], "an inventory of a cluster", () => {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-inventory-"));
  const file = (name: string) => join(folder, name);
  let namespace: string;
  const kubectl = (...args: string[]) => testbed().kubectl("-n", namespace, ...args);
  const environment = (kubeconfig: string | null) =>
    ({ ...process.env, KUBECONFIG: kubeconfig ?? "" }) as Record<string, string>;
  const command = (args: readonly string[], kubeconfig = testbed().kubeconfig) =>
    firebreak(args, { cwd: folder, env: environment(kubeconfig) });
  const look = () => command(["inventory", "--namespace", namespace, "--out", file("inventory.yaml")]);
  const written = () => readInventory(parse(readFileSync(file("inventory.yaml"), "utf8")));

  beforeAll(async () => {
    namespace = pulumiWorkspace().namespace();
    const items = shown.flatMap(manifestsOf);
    writeFileSync(file("manifests.json"), JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await testbed().kubectl("create", "namespace", namespace);
    await kubectl("apply", "-f", file("manifests.json"));
    for (const { name } of shown) await kubectl("rollout", "status", `deployment/${name}`, "--timeout=120s");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("holds every pod with its service, place, size and address, and every Service's address", async () => {
    const { code, stdout, stderr } = await look();
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("wrote inventory.yaml: 7 instances of 3 services on 6 hosts");
    const { instances, services: found, domains } = written();
    for (const spec of shown) {
      const replicas = instances.filter((i) => i.service === spec.name);
      expect(replicas).toHaveLength(spec.replicas);
      for (const replica of replicas) {
        expect(replica).toMatchObject({ tier: spec.facts.tier, cpu: Number.parseInt(spec.requests.cpu, 10) / 1000 });
        expect(replica.zone).toBe(domains.find((d) => d.kind === "host" && d.id === replica.host)?.zone);
        const ip = (await kubectl("get", "pod", replica.id, "-o", "jsonpath={.status.podIP}")).trim();
        expect(replica.held?.map((h) => h.address)).toEqual([ip]);
      }
      const ip = (await kubectl("get", "service", spec.name, "-o", "jsonpath={.spec.clusterIP}")).trim();
      expect(found.find((s) => s.id === spec.name)?.addresses).toContain(ip);
      const minAvailable = spec.replicas - 1;
      expect(found.find((s) => s.id === spec.name)?.disruptionBudget).toEqual({ minAvailable });
    }
  });

  it("names what traffic was between, of pods that are gone too", async () => {
    await look();
    const [front] = written().instances.filter((i) => i.service === "frontend");
    const [cart] = written().instances.filter((i) => i.service === "cartservice");
    const from = Math.max(front?.held?.[0]?.from ?? 0, cart?.held?.[0]?.from ?? 0);
    const address = front?.held?.[0]?.address ?? "";
    await kubectl("delete", "pod", front?.id ?? "", "--wait=true");
    await kubectl("rollout", "status", "deployment/frontend", "--timeout=60s");
    const { code, stderr } = await look();
    expect(code, stderr).toBe(0);
    expect(written().instances.some((i) => i.id === front?.id)).toBe(false);
    expect(written().services.find((s) => s.id === "frontend")?.held).toMatchObject([
      { address, from: front?.held?.[0]?.from },
    ]);

    const virtual = written().services.find((s) => s.id === "redis-cart")?.addresses[0];
    const flow = (client: string, server: string | undefined, port: number) =>
      `2 123456789012 eni-0a1b2c3d ${client} ${server} 40000 ${port} 6 10 5000 ${from} ${from + 1} ACCEPT OK`;
    const flows = [flow(address, cart?.held?.[0]?.address, 7070), flow(cart?.held?.[0]?.address ?? "", virtual, 6379)];
    writeFileSync(file("flows.log"), `${flows.join("\n")}\n`);
    const ingested = await command(["ingest", file("flows.log"), "--into", file("history")]);
    expect(ingested.code, ingested.stderr).toBe(0);
    const graph = await command([
      "graph",
      "--history",
      file("history"),
      "--inventory",
      file("inventory.yaml"),
      "--json",
    ]);
    expect(graph.code, graph.stderr).toBe(0);
    const { nodes, links } = JSON.parse(graph.stdout) as {
      nodes: { id: string; service: string }[];
      links: { source: string; target: string }[];
    };
    const service = new Map(nodes.map((n) => [n.id, n.service]));
    const pairs = new Set(links.map((l) => `${service.get(l.source)} -> ${service.get(l.target)}`));
    expect([...pairs].sort()).toEqual(["cartservice -> redis-cart", "frontend -> cartservice"]);
  });

  it("is read live where the configuration says so, of all namespaces unless it names some", async () => {
    writeFileSync(file("firebreak.yaml"), `inventory: { from: kubernetes, namespaces: [${namespace}] }\n`);
    const live = await command(["inventory", "--json"]);
    rmSync(file("firebreak.yaml"));
    expect(live.code, live.stderr).toBe(0);
    expect(readInventory(JSON.parse(live.stdout)).services.map((s) => s.id)).toEqual(shown.map((s) => s.name).sort());
    const all = await command(["inventory", "--json"]);
    const ids = readInventory(JSON.parse(all.stdout)).services.map((s) => s.id);
    expect(ids).toContain(`${namespace}/frontend`);
  });

  /** A kubeconfig of a service account that may list these kinds in the namespace, and nothing else. */
  async function accountOf(name: string, resources: string): Promise<string> {
    await kubectl("create", "serviceaccount", name);
    await kubectl("create", "role", name, "--verb=list", `--resource=${resources}`);
    await kubectl("create", "rolebinding", name, `--role=${name}`, `--serviceaccount=${namespace}:${name}`);
    const token = (await kubectl("create", "token", name)).trim();
    const config = parse(readFileSync(testbed().kubeconfig ?? "", "utf8")) as { users: unknown };
    config.users = [{ name: "admin", user: { token } }];
    writeFileSync(file(name), JSON.stringify(config));
    return file(name);
  }

  it("does without what it may not read, and says what is missing", async () => {
    const kubeconfig = await accountOf("narrow", "pods,services,replicasets.apps");
    const { code, stdout, stderr } = await command(["inventory", "--namespace", namespace, "--json"], kubeconfig);
    expect(code, stderr).toBe(0);
    expect(readInventory(JSON.parse(stdout)).instances).toHaveLength(7);
    expect(stderr).toContain("pods of other namespaces cannot be read");
    expect(stderr).toMatch(/nodes cannot be read .*Without it instances have no zone/);
    expect(stderr).toContain('grant { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["list"] }');
  });

  it("is none without the pods, and the file stays as it was", async () => {
    const kubeconfig = await accountOf("blind", "services");
    const before = readFileSync(file("inventory.yaml"));
    const args = ["inventory", "--namespace", namespace, "--out", file("inventory.yaml")];
    const { code, stderr } = await command(args, kubeconfig);
    expect(code).toBe(1);
    expect(stderr).toContain('grant { apiGroups: [""], resources: ["pods"], verbs: ["list"] } (docs/inventory.md)');
    expect(readFileSync(file("inventory.yaml"))).toEqual(before);
  });

  it.each([
    [
      "credentials that are not accepted",
      () => ({ users: [{ name: "admin", user: { token: "expired" } }] }),
      /are not accepted .*log in again/,
    ],
    [
      "a server that is not there",
      () => ({ clusters: [{ name: "testbed", cluster: { server: "https://127.0.0.1:9" } }] }),
      /127\.0\.0\.1:9 cannot be reached/,
    ],
  ])("is none with %s", async (_, change, message) => {
    const config = parse(readFileSync(testbed().kubeconfig ?? "", "utf8")) as object;
    writeFileSync(file("broken"), JSON.stringify({ ...config, ...change() }));
    const { code, stderr } = await command(["inventory", "--out", file("none.yaml")], file("broken"));
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(existsSync(file("none.yaml"))).toBe(false);
  });
});
