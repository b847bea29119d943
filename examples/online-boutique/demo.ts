// The main job on this example, from flow logs to a diff: `npm run demo`.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const work = ".firebreak/demo";

/** Shows a command as a person would type it, runs it at the root, and stops the demo where it fails. */
function show(title: string, command: readonly string[], run: readonly string[] = command): void {
  process.stdout.write(`\n# ${title}\n$ ${command.join(" ")}\n`);
  const [program = "", ...args] = run;
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (error !== undefined || status !== 0) {
    process.stderr.write(`demo: that step failed (${error?.message ?? `exit ${status}`})\n`);
    process.exit(status ?? 1);
  }
}

function firebreak(title: string, ...args: string[]): void {
  show(title, ["firebreak", ...args], [process.execPath, "bin/firebreak.js", ...args]);
}

const started = Date.now();
rmSync(join(root, work), { recursive: true, force: true });
mkdirSync(join(root, work), { recursive: true });
const flows = `${work}/flows.log.gz`;
const history = `${work}/history`;
const decision = `${work}/decision.json`;

show("An hour of VPC flow logs of the shop", ["npx", "tsx", "examples/online-boutique/traffic.ts", "--out", flows]);
firebreak("Read them into the history", "ingest", flows, "--into", history);
firebreak("Who talks to whom", "graph", "--history", history);
firebreak("How failures would spread", "simulate", "--history", history);
firebreak("Why the frontend is at risk", "explain", "frontend-0", "--history", history);
firebreak("The cheapest way out", "plan", "--history", history, "--out", decision, "--offline");
firebreak("What that changes in the stack's manifests", "preview", "--manifests", "--decision", decision);

const pulumi = spawnSync("pulumi", ["version"], { stdio: "ignore" });
if (pulumi.error === undefined && pulumi.status === 0) {
  firebreak("The real preview", "preview", "--decision", decision, "--scratch");
} else {
  process.stdout.write(
    "\n# Pulumi is not on PATH, so there is no real `pulumi preview` here; `firebreak doctor` tells how to get it\n",
  );
}
process.stdout.write(`\ndone in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
