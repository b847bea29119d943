// The main job on this example, from flow logs to a diff: `npm run demo`.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const work = ".firebreak/demo";
/** A stack of the demo's own, whose state is thrown away with it. */
const stack = "firebreak-demo";
const settings = join(root, `Pulumi.${stack}.yaml`);

/** Shows a command as a person would type it, runs it at the root, and stops the demo where it fails. */
function show(title: string, command: readonly string[], run: readonly string[] = command): void {
  process.stdout.write(`\n# ${title}\n$ ${command.join(" ")}\n`);
  const [program = "", ...args] = run;
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
  if (error !== undefined || status !== 0) {
    process.stderr.write(`demo: that step failed (${error?.message ?? `exit ${status}`})\n`);
    process.exit(status ?? 1);
  }
}

function firebreak(title: string, ...args: string[]): void {
  show(title, ["firebreak", ...args], [process.execPath, "bin/firebreak.js", ...args]);
}

const { KUBECONFIG: _, ...rest } = process.env;
const env = {
  ...rest,
  PULUMI_BACKEND_URL: `file://${join(root, work, "state")}`,
  PULUMI_CONFIG_PASSPHRASE: "demo",
  PULUMI_SKIP_UPDATE_CHECK: "true",
};

const started = Date.now();
process.on("exit", () => rmSync(settings, { force: true }));
rmSync(join(root, work), { recursive: true, force: true });
mkdirSync(join(root, work, "state"), { recursive: true });
const flows = `${work}/flows.log.gz`;
const history = `${work}/history`;
const decision = `${work}/decision.json`;

show("An hour of VPC flow logs of the shop", ["npx", "tsx", "examples/online-boutique/traffic.ts", "--out", flows]);
firebreak("Read them into the history", "ingest", flows, "--into", history);
firebreak("Who talks to whom", "graph", "--history", history);
firebreak("How failures would spread", "simulate", "--history", history);
firebreak("Why a frontend is at risk", "explain", "frontend-0", "--history", history);
firebreak("The cheapest way out", "plan", "--history", history, "--stack", stack, "--out", decision, "--offline");
firebreak(
  "What that changes in the stack's manifests",
  "preview",
  "--manifests",
  "--stack",
  stack,
  "--decision",
  decision,
);

const pulumi = spawnSync("pulumi", ["version"], { stdio: "ignore" });
if (pulumi.error === undefined && pulumi.status === 0) {
  // The provider renders to a folder, so that the real preview needs no cluster.
  const manifests = join(root, work, "manifests");
  writeFileSync(settings, `config: { "firebreak-online-boutique:render": ${JSON.stringify(manifests)} }\n`);
  firebreak("The real preview, by Pulumi", "preview", "--create", "--stack", stack, "--decision", decision);
} else {
  process.stdout.write(
    "\n# Pulumi is not on PATH, so the real `pulumi preview` is left out; `firebreak doctor` tells how to get it\n",
  );
}
process.stdout.write(`\ndone in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
