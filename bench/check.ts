import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import canonicalize from "canonicalize";
import { describeMachine } from "./measure.js";
import { randomNumbers } from "./random.js";

const usage = `npx tsx bench/check.ts [--resources 5000] [--seed 1]

Makes the preview of a stack of Kubernetes workloads as Pulumi writes it, with old and new states, and a decision with a
change for each tenth; runs the built \`firebreak check\` on it as users do, in a process of its own, and prints seconds
from start to end and the most memory that it held.
`;

const { values } = parseArgs({
  options: {
    resources: { type: "string", default: "5000" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const resources = Number(values.resources);
const random = randomNumbers(Number(values.seed));
const token = "kubernetes:apps/v1:Deployment";
const urnOf = (name: string) => `urn:pulumi:bench::bench::bench:app:Service$${token}::${name}`;

/** A Deployment of a usual size, with what a cluster adds to it where it is a live one. */
function deployment(name: string, replicas: number, live: boolean): object {
  const labels = { app: name, "app.kubernetes.io/part-of": "bench", "app.kubernetes.io/managed-by": "pulumi" };
  const env = Array.from({ length: 8 }, (_, i) => ({ name: `SETTING_${i}`, value: `value ${i} of ${name}` }));
  const probe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 10, failureThreshold: 3 };
  const resources = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } };
  const container = {
    name: "main",
    image: `registry.example.com/${name}:1.2.3`,
    env,
    resources,
    readinessProbe: probe,
    livenessProbe: probe,
  };
  const managed = {
    manager: "pulumi",
    operation: "Apply",
    fieldsV1: { "f:spec": Object.fromEntries(env.map((e) => [`f:${e.name}`, {}])) },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      namespace: "bench",
      labels,
      ...(live && { uid: name, managedFields: [managed], annotations: {} }),
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels },
        spec: { containers: [container], serviceAccountName: name },
      },
    },
    ...(live && { status: { replicas, readyReplicas: replicas, conditions: [{ type: "Available", status: "True" }] } }),
  };
}

function stateOf(name: string, replicas: number): object {
  const inputs = deployment(name, replicas, false);
  const outputs = { ...deployment(name, replicas, true), __inputs: inputs };
  const stackTrace = Array.from({ length: 6 }, (_, i) => ({
    sourcePosition: `project:///src/services.ts#${10 + i},3`,
  }));
  return {
    urn: urnOf(name),
    custom: true,
    id: `bench/${name}`,
    type: token,
    inputs,
    outputs,
    sourcePosition: "project:///src/services.ts#10,3",
    stackTrace,
  };
}

const folder = mkdtempSync(join(tmpdir(), "firebreak-bench-"));
try {
  const names = Array.from({ length: resources }, (_, i) => `service-${i}`);
  const steps = names.map((name) => {
    const before = 1 + Math.floor(random() * 4);
    const changes = random() < 0.2;
    const [oldState, newState] = [stateOf(name, before), stateOf(name, changes ? before + 1 : before)];
    return { op: changes ? "update" : "same", urn: urnOf(name), oldState, newState, detailedDiff: null };
  });
  const same = steps.filter(({ op }) => op === "same").length;
  writeFileSync(
    join(folder, "preview.json"),
    JSON.stringify({ steps, changeSummary: { same, update: resources - same } }, null, 4),
  );
  writeDecision(names);

  const { cpu, node, loadBefore } = describeMachine();
  const size = statSync(join(folder, "preview.json")).size / 2 ** 20;
  console.log(`${cpu}, node ${node}, load before ${loadBefore}`);
  console.log(`${resources} resources, ${size.toFixed(0)} MiB of preview`);
  const { seconds, processor, resident, code } = await measure();
  console.log(
    `check: ${seconds.toFixed(1)} s (${processor.toFixed(1)} s of processor time), at most ${resident.toFixed(0)} MiB, exit ${code}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function writeDecision(names: readonly string[]): void {
  const target = (name: string) => ({ type: token, name, urn: urnOf(name) });
  const now = new Date().toISOString();
  const decision = {
    schema: "firebreak.decision/v1",
    createdAt: now,
    boundTo: { project: "bench", stack: "bench" },
    threshold: 0.05,
    maxAge: 3600,
    failMode: "hold",
    unknown: "fail",
    data: { from: null, to: null, rows: null, graphHash: `sha256:${"0".repeat(64)}` },
    model: { version: "0.1.0", horizon: 3600, utilisationLimit: 1 },
    seed: 1,
    worlds: 1000,
    instances: [],
    verdicts: names.map((name) => ({
      service: name,
      target: target(name),
      asWritten: "pass",
      withChanges: "pass",
      reason: "is under it",
    })),
    changes: names
      .filter((_, i) => i % 10 === 0)
      .map((name) => ({
        kind: "replicas",
        service: name,
        target: target(name),
        from: 2,
        to: 4,
        reason: `${name} would fall with its host`,
        path: ["host/n1", `${name}-0`],
        owner: null,
        riskWithout: 0.2,
        costPerDay: 1,
        expiresAt: "2100-01-01T00:00:00Z",
      })),
    refusals: [],
    warnings: [],
  };
  const id = `sha256:${createHash("sha256")
    .update(canonicalize(decision) ?? "")
    .digest("hex")}`;
  mkdirSync(join(folder, ".firebreak"));
  writeFileSync(join(folder, ".firebreak/decision.json"), JSON.stringify({ ...decision, id }));
}

/** Runs the built command line; it says itself at its end what it used. */
async function measure(): Promise<{ seconds: number; processor: number; resident: number; code: number | null }> {
  const atEnd = `import { writeSync } from "node:fs"; process.on("exit", () => { const u = process.resourceUsage(); writeSync(3, JSON.stringify([u.maxRSS / 1024, (u.userCPUTime + u.systemCPUTime) / 1e6])); });`;
  const firebreak = fileURLToPath(new URL("../bin/firebreak.js", import.meta.url));
  const formats = ["sarif=out.sarif", "junit=out.xml", "markdown=out.md", "json=out.json"].flatMap((format) => [
    "--format",
    format,
  ]);
  const args = [
    "--import",
    `data:text/javascript,${encodeURIComponent(atEnd)}`,
    firebreak,
    "check",
    "--pulumi-preview",
    "preview.json",
    ...formats,
  ];
  const started = performance.now();
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit", "pipe"] });
  let said = "";
  child.stdio[3]?.on("data", (text: Buffer) => {
    said += text.toString();
  });
  const code = await new Promise<number | null>((ended) => child.once("close", ended));
  const [resident, processor] = JSON.parse(said) as [number, number];
  return { seconds: (performance.now() - started) / 1000, processor, resident, code };
}
