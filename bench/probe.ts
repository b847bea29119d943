import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const usage = `npx tsx bench/probe.ts [--connections 2000] [--seconds 90] [--into]

Opens TCP connections over loopback in a process of its own, runs the built \`firebreak probe\` as users do, every 5 s, and
prints what it takes: processor time (utime and stime of /proc/PID/stat) as a part of one core, and resident memory.
--into      write a history in place of sending to a collector over TLS
`;

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "2000" },
    seconds: { type: "string", default: "90" },
    into: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const connections = Number(values.connections);
const seconds = Number(values.seconds);
const firebreak = fileURLToPath(new URL("../bin/firebreak.js", import.meta.url));
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** Both ends of every connection; one in a hundred is closed and opened again each second. */
const peers = `
  const net = require("node:net");
  const server = net.createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1", 1024, () => {
    const open = [];
    const add = () => new Promise((done) => open.push(net.connect(server.address().port, "127.0.0.1", done).on("error", () => {})));
    (async () => {
      for (let i = 0; i < ${connections}; i++) await add();
      console.log("open");
      setInterval(() => { for (let i = 0; i < ${Math.ceil(connections / 100)}; i++) { open.shift().end(); void add(); } }, 1000);
    })();
  });`;

const ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Seconds of processor time that a process has taken, and its resident memory in MiB, now and at most. */
function usageOf(pid: number): { cpu: number; resident: number; peak: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) / ticks,
    resident: kib("VmRSS") / 1024,
    peak: kib("VmHWM") / 1024,
  };
}

async function measure(child: ChildProcess, settle: number): Promise<void> {
  const pid = child.pid ?? 0;
  await pause(settle * 1000);
  const first = usageOf(pid);
  await pause(seconds * 1000);
  const last = usageOf(pid);
  const share = ((last.cpu - first.cpu) / seconds) * 100;
  console.log(`  start: ${first.cpu.toFixed(2)} s of processor time in the first ${settle} s`);
  console.log(`  then, over ${seconds} s: ${share.toFixed(2)} % of a core`);
  console.log(`  resident memory: ${last.peak.toFixed(1)} MiB at most, ${last.resident.toFixed(1)} MiB at the end`);
}

const env = { ...process.env, FIREBREAK_TOKEN: "a-token-of-the-benchmark" };

/** A collector of a process of its own, with a certificate made for it; gives the probe's flags. */
async function startCollector(): Promise<string[]> {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", ...curve, ...names, "-keyout", key, "-out", cert], { stdio: "ignore" });
  const tls = ["--tls-cert", cert, "--tls-key", key, "--listen", "127.0.0.1:0"];
  const args = [firebreak, "collect", "--into", join(folder, "history"), ...tls];
  collector = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const said = String(await new Promise((listens) => collector?.stderr?.once("data", listens)));
  return ["--collector", /https:\S+\d/.exec(said)?.[0] ?? "", "--ca", cert];
}

let collector: ChildProcess | undefined;
const folder = mkdtempSync(join(tmpdir(), "firebreak-bench-"));
const others = spawn(process.execPath, ["-e", peers], { stdio: ["ignore", "pipe", "inherit"] });
try {
  await new Promise((open) => others.stdout.once("data", open));
  console.log(`node ${process.version}, ${connections} connections (twice as many rows)`);

  console.log("node alone (`setInterval(() => {}, 1000)`):");
  const bare = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  await pause(2000);
  console.log(`  resident memory: ${usageOf(bare.pid ?? 0).peak.toFixed(1)} MiB at most`);
  bare.kill("SIGKILL");

  const to = values.into ? ["--into", join(folder, "history")] : await startCollector();
  const args = [firebreak, "probe", "--loopback", "--spool", join(folder, "spool"), ...to];
  const probe = spawn(process.execPath, args, { env, stdio: ["ignore", "inherit", "ignore"] });
  console.log(`firebreak ${args.slice(1, 3).join(" ")} ${to[0]}:`);
  await measure(probe, 15);
  probe.kill("SIGTERM");
  const code = await new Promise((ended) => probe.once("exit", ended));
  const spooled = readdirSync(join(folder, "spool")).length;
  console.log(`  ended with ${code}; ${spooled} windows in its spool`);
} finally {
  others.kill("SIGKILL");
  collector?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
