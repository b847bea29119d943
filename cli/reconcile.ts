import { mkdir, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { GateError } from "../input/gate.js";
import { InputError } from "../input/problems.js";
import { checkBinding, judgeAge } from "../planner/decision.js";
import type { Decision } from "../planner/types.js";
import { openCluster, readClusterUid } from "../provider/cluster.js";
import { isStopped } from "../provider/decisionSource.js";
import { objectFor, readNamedObjects } from "../provider/namedObjects.js";
import { preflight } from "../provider/preflight.js";
import { reservationSettings } from "../provider/reservation/settings.js";
import {
  exportState,
  type OpenStack,
  openStack,
  previewStack,
  readStackConfig,
  type StackRun,
  upStack,
} from "../provider/stack.js";
import type { Call } from "./command.js";
import type { Config } from "./config.js";
import { paint, type Terminal, table } from "./output.js";
import { placeOf } from "./stackView.js";

/** A stack and a decision that belong together, ready for the engine. */
export interface Prepared {
  readonly stack: OpenStack;
  readonly decision: Decision;
  readonly decisionPath: string;
  readonly planFile: string;
  readonly policyPacks: readonly string[];
  readonly onOutput: ((text: string) => void) | undefined;
}

/**
 * Opens the stack, makes sure that the decision is this stack's and this cluster's, and tries each change on the live
 * cluster without writing. @throws InputError, GateError, StackError
 */
export async function prepare(call: Call, config: Config, decision: Decision, file: string): Promise<Prepared> {
  const { flags, terminal } = call;
  const place = placeOf(call, config);
  const stack = await openStack({ ...place, create: flags.create === true });
  const cluster = openCluster();
  const uid = decision.boundTo.clusterUid === undefined ? null : await readClusterUid(cluster);
  const here = {
    project: stack.project,
    stack: stack.name,
    ...(uid !== null && "uid" in uid && { clusterUid: uid.uid }),
  };
  const elsewhere = checkBinding(decision, here);
  if (elsewhere.length > 0) throw new InputError(file, elsewhere);
  if (decision.boundTo.clusterUid !== undefined) {
    if (uid !== null && "unreachable" in uid) {
      throw new GateError(
        `whether this is the decision's cluster cannot be told: ${uid.unreachable}; nothing was changed`,
      );
    }
    await assertPreflight(stack, decision, cluster, terminal);
  }
  return {
    stack,
    decision,
    decisionPath: file,
    planFile: resolve(config.root, ".firebreak", `plan-${stack.project}-${stack.name}.json`),
    policyPacks: ((flags.policyPack as string[] | undefined) ?? []).map((pack) => resolve(terminal.cwd, pack)),
    onOutput: flags.verbose === true ? terminal.err : undefined,
  };
}

async function assertPreflight(
  stack: OpenStack,
  decision: Decision,
  cluster: ReturnType<typeof openCluster>,
  terminal: Terminal,
): Promise<void> {
  const targets = [...decision.changes, ...decision.verdicts].flatMap(({ target }) => target ?? []);
  const objects = readNamedObjects(await exportState(stack), targets);
  const reserves = decision.changes.some((c) => c.kind === "reservation");
  const values = reserves ? await readStackConfig(stack) : new Map<string, string>();
  const { findings } = await preflight(cluster, decision.changes, objects, {
    settings: reservationSettings({ project: stack.project, stack: stack.name }, (key) =>
      values.get(`firebreak:${key}`),
    ),
    namespaceOf: (service) => {
      const target = decision.verdicts.find((v) => v.service === service)?.target;
      return target ? objectFor(target, objects)?.namespace : undefined;
    },
  });
  // The transform leaves a field that another owns alone, and the rest of the user's change goes through.
  const mild = findings.filter((f) => f.reason === "ownedByOther");
  for (const { change, detail } of mild)
    terminal.err(`firebreak: warning: ${change?.service}: ownedByOther: ${detail}\n`);
  const grave = findings.filter((f) => f.reason !== "ownedByOther");
  if (grave.length > 0) {
    const lines = grave.map((f) => `  ${f.change?.service ?? "all changes"}: ${f.reason}: ${f.detail}`);
    throw new GateError(
      ["the pre-flight found what stands against the decision; nothing was changed", ...lines].join("\n"),
    );
  }
}

/** Previews and saves the plan. A plan of an earlier preview is replaced. */
export async function previewPrepared(prepared: Prepared): Promise<StackRun> {
  await mkdir(dirname(prepared.planFile), { recursive: true });
  await rm(prepared.planFile, { force: true });
  return previewStack(prepared);
}

/**
 * Applies the plan of a preview.
 * @param now unix seconds
 * @throws GateError for a decision past its age, the kill switch, or a plan that no longer holds
 */
export async function upPrepared(prepared: Prepared, terminal: Terminal): Promise<StackRun> {
  const { decision, decisionPath } = prepared;
  assertFresh(decision, decisionPath, terminal);
  const freshUntil = Date.parse(decision.createdAt) + decision.maxAge * 1000;
  return upStack({ ...prepared, ...(decision.failMode === "off" ? {} : { freshUntil }) });
}

/** @throws GateError where the decision must not be applied any more */
export function assertFresh(decision: Decision, file: string, terminal: Terminal): void {
  if (isStopped(file, terminal.env)) throw new GateError("the kill switch is on: nothing is changed until it is off");
  if (judgeAge(decision, terminal.now()) === "stale" && decision.failMode !== "off") {
    const age = terminal.now() - Date.parse(decision.createdAt) / 1000;
    const minutes = (seconds: number) => `${Math.round(seconds / 60)} min`;
    throw new GateError(
      `the decision is ${minutes(age)} old and its maximum age is ${minutes(decision.maxAge)}; nothing was changed: run \`firebreak plan\` again`,
    );
  }
}

/** What a preview or an update did, for people. */
export function describeRun(run: StackRun, terminal: Terminal): string {
  const rows = run.steps
    .filter((s) => s.op !== "same")
    .map((s) => [
      s.op,
      s.type.split(":").at(-1) ?? s.type,
      s.urn.split("::").at(-1) ?? s.urn,
      s.op.includes("update") || s.op.includes("replace") ? describeDiff(s.diff) : "",
    ]);
  const counts = Object.entries(run.changeSummary).map(([op, n]) => `${n} ${op}`);
  return [
    rows.length === 0 ? "the stack does not change\n" : table(["", "type", "name", "inputs"], rows),
    ...run.warnings.map((w) => paint(terminal, "yellow", `warning: ${w.trim()}\n`)),
    ...run.violations.map((v) => `policy ${v.pack}/${v.policy} (${v.level}): ${v.message.trim()}\n`),
    counts.length > 0 ? `${counts.join(", ")}\n` : "",
  ].join("");
}

/** The first inputs that change. Of what is created or deleted, its name says enough. */
function describeDiff(diff: StackRun["steps"][number]["diff"]): string {
  const shown = diff.slice(0, 3).map((d) => `${d.path}: ${show(d.from)} → ${show(d.to)}`);
  return [...shown, ...(diff.length > shown.length ? [`and ${diff.length - shown.length} more`] : [])].join(", ");
}

function show(value: unknown): string {
  if (value === undefined) return "(none)";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
