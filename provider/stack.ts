import { type EngineEvent, LocalWorkspace, type OpType, type Stack } from "@pulumi/pulumi/automation/index.js";
import { GateError } from "../input/gate.js";
import { diffProperties, type PropertyChange } from "./propertyDiff.js";
import { requirePulumi } from "./pulumiCli.js";
import { explainFailure, type FailureReport, type PolicyViolation } from "./stackFailure.js";

/** A stack of a Pulumi project on this machine, ready for preview and up. */
export interface OpenStack {
  readonly project: string;
  readonly name: string;
  readonly cwd: string;
  readonly pulumiVersion: string;
  readonly stack: Stack;
}

/** One step of a preview or an update. */
export interface Step {
  readonly urn: string;
  readonly op: OpType;
  readonly type: string;
  /** Properties that differ between the old and the new inputs; secrets show as `[secret]`. */
  readonly diff: readonly PropertyChange[];
}

export interface StackRun {
  /** How many resources each operation concerns, for example `{ "update": 1, "same": 7 }`. */
  readonly changeSummary: Readonly<Partial<Record<OpType, number>>>;
  readonly steps: readonly Step[];
  /** Warnings of the program, the engine and its providers. */
  readonly warnings: readonly string[];
  readonly violations: readonly PolicyViolation[];
  readonly stdout: string;
}

interface RunOptions {
  readonly stack: OpenStack;
  /** Absolute path of the decision; `none` deploys as written on purpose (refused where a decision was ever applied). */
  readonly decisionPath: string;
  /** Where the plan is saved by preview and taken from by up. */
  readonly planFile: string;
  readonly policyPacks?: readonly string[];
  /** Receives what Pulumi prints, as it prints it. */
  readonly onOutput?: (text: string) => void;
}

/**
 * Opens a stack of the Pulumi project in `cwd`.
 * @throws PulumiMissingError, StackError (no such stack, passphrase, no project).
 */
export async function openStack(options: {
  readonly cwd: string;
  readonly stack: string;
  /** Create the stack where it does not exist yet. */
  readonly create?: boolean;
}): Promise<OpenStack> {
  const { cwd, stack: stackName } = options;
  const cli = await requirePulumi();
  try {
    const place = { stackName, workDir: cwd };
    const settings = { pulumiCommand: cli.command };
    const stack = options.create
      ? await LocalWorkspace.createOrSelectStack(place, settings)
      : await LocalWorkspace.selectStack(place, settings);
    const { name: project } = await stack.workspace.projectSettings();
    return { project, name: stackName, cwd, pulumiVersion: cli.version, stack };
  } catch (error) {
    throw explainFailure(reportOf(stackName, "open", error));
  }
}

/** The deployment of the stack as `pulumi stack export` prints it, for `readTargets` and `readApplied`. */
export async function exportState({ name, stack }: OpenStack): Promise<unknown> {
  try {
    return await stack.exportStack();
  } catch (error) {
    throw explainFailure(reportOf(name, "export", error));
  }
}

/** Plain values of the stack's configuration by full key, such as `firebreak:decision`; secrets are left out. */
export async function readStackConfig({ name, stack }: OpenStack): Promise<Map<string, string>> {
  try {
    const values = Object.entries(await stack.getAllConfig());
    return new Map(values.flatMap(([key, { value, secret }]) => (secret ? [] : [[key, value] as const])));
  } catch (error) {
    throw explainFailure(reportOf(name, "open", error));
  }
}

/**
 * Runs the program with the decision against the stack, changes nothing and saves the plan for `upStack`.
 * @throws GateError where a policy blocks or the program refuses the decision; StackError otherwise.
 */
export async function previewStack(options: RunOptions): Promise<StackRun & { readonly planFile: string }> {
  const record = await run(options, "preview");
  return { ...record, planFile: options.planFile };
}

/**
 * Applies the plan that `previewStack` saved: what the plan does not hold is not done.
 * @throws GateError where the decision is past its age (before anything is run), where program or decision no longer fit
 * the plan, or where a policy blocks; StackError otherwise.
 */
export async function upStack(
  options: RunOptions & {
    /** Unix milliseconds up to which the decision of the preview may be applied; absent where age plays no part. */
    readonly freshUntil?: number;
  },
): Promise<StackRun> {
  if (options.freshUntil !== undefined && Date.now() > options.freshUntil) {
    const late = Math.ceil((Date.now() - options.freshUntil) / 1000);
    throw new GateError(
      `the decision is ${late} s past its maximum age since the preview, so nothing was changed: run plan and preview again`,
    );
  }
  return run(options, "up");
}

async function run(options: RunOptions, operation: "preview" | "up"): Promise<StackRun> {
  const { name, stack } = options.stack;
  const events: EngineEvent[] = [];
  stack.workspace.envVars = { ...stack.workspace.envVars, FIREBREAK_DECISION: options.decisionPath };
  const shared = {
    plan: options.planFile,
    policyPacks: [...(options.policyPacks ?? [])],
    onOutput: options.onOutput,
    onEvent: (event: EngineEvent) => {
      events.push(event);
    },
    color: "never" as const,
    suppressProgress: true,
  };
  try {
    const { stdout } = operation === "preview" ? await stack.preview(shared) : await stack.up(shared);
    return { ...recordOf(events), stdout };
  } catch (error) {
    throw explainFailure(reportOf(name, operation, error, events));
  }
}

function recordOf(events: readonly EngineEvent[]): Omit<StackRun, "stdout"> {
  const warnings = events.flatMap(({ diagnosticEvent: d }) =>
    d?.severity === "warning" && !d.ephemeral ? [plain(d.message)] : [],
  );
  return {
    changeSummary: events.findLast((e) => e.summaryEvent !== undefined)?.summaryEvent?.resourceChanges ?? {},
    steps: events.flatMap(({ resourcePreEvent }) => {
      if (resourcePreEvent === undefined) return [];
      const { urn, op, type, old, new: fresh } = resourcePreEvent.metadata;
      return [{ urn, op, type, diff: op === "same" ? [] : diffProperties(old?.inputs, fresh?.inputs) }];
    }),
    warnings: [...new Set(warnings)],
    violations: violationsOf(events),
  };
}

function violationsOf(events: readonly EngineEvent[]): PolicyViolation[] {
  return events.flatMap(({ policyEvent: p }) =>
    p === undefined
      ? []
      : [
          {
            pack: p.policyPackName,
            policy: p.policyName,
            level: p.enforcementLevel,
            urn: p.resourceUrn,
            message: plain(p.message),
          },
        ],
  );
}

function reportOf(
  stack: string,
  operation: FailureReport["operation"],
  error: unknown,
  events: readonly EngineEvent[] = [],
): FailureReport {
  return {
    stack,
    operation,
    text: plain(error instanceof Error ? error.message : String(error)),
    errors: events.flatMap(({ diagnosticEvent: d }) =>
      d?.severity === "error" ? [{ urn: d.urn, message: plain(d.message) }] : [],
    ),
    violations: violationsOf(events),
  };
}

/** Without the engine's colour directives (`<{%fg 3%}>`) and terminal codes. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a terminal code
  return text.replace(/<\{%[^%]*%\}>|\u001b\[[0-9;]*m/g, "").trimEnd();
}
