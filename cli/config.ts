import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { defaultEstimates, type Estimates } from "../graph/estimate.js";
import { dividesHour } from "../history/summary.js";
import { durationRemedy, readDuration } from "../input/duration.js";
import { InputError } from "../input/problems.js";
import { readAs } from "../input/schema.js";
import { type FreezeWindow, freezeProblem } from "../planner/freeze.js";
import { exceptionSchema } from "../policies/exceptions.js";
import { policySchema } from "../policies/settings.js";

const duration = z.string(durationRemedy).transform((text, context) => {
  const value = readDuration(text);
  if (value === undefined) context.addIssue({ code: "custom", message: durationRemedy });
  return value ?? 0;
});
const probability = z.number("expected a number from 0 to 1").min(0, "expected 0 or more").max(1, "expected 1 or less");
const amount = z.number("expected a number of 0 or more").min(0, "expected 0 or more");
const count = z.int("expected a whole number").min(0, "expected 0 or more");
const text = z.string("expected text");
const time = z.string().transform((value, context) => {
  const at = Date.parse(value);
  if (Number.isNaN(at)) context.addIssue({ code: "custom", message: "expected a time such as 2026-12-24T00:00:00Z" });
  return at / 1000;
});

/** `{ from, to }`, or `{ cron, for, timeZone }`. */
const freeze = z
  .strictObject(
    {
      from: time.optional(),
      to: time.optional(),
      cron: text.optional(),
      for: duration.optional(),
      timeZone: text.optional(),
    },
    "expected { from, to } or { cron, for, timeZone }",
  )
  .transform(({ from, to, cron, for: length, timeZone }, context): FreezeWindow => {
    const problem = (message: string) => context.addIssue({ code: "custom", message });
    if (cron === undefined && from !== undefined && to !== undefined && length === undefined && !timeZone) {
      if (!(from < to)) problem("ends before it begins; correct from or to");
      return { from, to };
    }
    if (cron === undefined || length === undefined || from !== undefined || to !== undefined) {
      problem("expected either { from, to } or { cron, for, timeZone }");
      return { from: 0, to: 0 };
    }
    const recurring = { cron, for: length, ...(timeZone !== undefined && { timeZone }) };
    const wrong = freezeProblem(recurring);
    if (wrong !== null) problem(wrong);
    return recurring;
  });

const tier = z.strictObject({
  impact: amount.optional(),
  criticality: amount.optional(),
  prior: probability.optional(),
  failover: probability.optional(),
  coupling: probability.optional(),
});

/** `firebreak.yaml`: every key has a default, unknown keys are errors, durations become seconds. */
const schema = z.strictObject({
  history: text.default("./.firebreak/history"),
  inventory: z
    .union(
      [
        text,
        z.strictObject({
          from: z.enum(["kubernetes", "aws"]),
          context: text.optional(),
          namespaces: z.array(text).default([]),
          region: text.optional(),
          endpointUrl: text.optional(),
        }),
      ],
      "expected kubernetes, aws, a file, or { from, context, namespaces, region, endpointUrl }",
    )
    .optional(),
  graph: z
    .strictObject({
      window: duration.prefault("24h"),
      halfLife: duration.prefault("6h"),
      interval: duration.prefault("5m").refine(dividesHour, "expected a duration that an hour is made of, such as 5m"),
      memory: duration.prefault("7d"),
      floor: probability.default(0.25),
      keepRaw: duration.prefault("7d"),
      keepSnapshots: duration.prefault("90d"),
    })
    .refine((graph) => graph.keepRaw <= graph.keepSnapshots, {
      path: ["keepRaw"],
      message: "expected no more than keepSnapshots: rows and snapshots go together then",
    })
    .prefault({}),
  simulation: z
    .strictObject({
      worlds: z
        .int("expected a whole number")
        .min(1, "expected 1 or more")
        .max(2 ** 31, "expected at most 2^31")
        .default(10_000),
      seed: count.default(1),
      threads: z
        .union([z.literal("auto"), z.int().min(1)], "expected auto or a whole number of 1 or more")
        .default("auto"),
      horizon: duration.prefault("1h"),
    })
    .prefault({}),
  risk: z
    .strictObject({
      threshold: probability.default(0.05),
      failMode: z.enum(["hold", "closed", "off"], "expected hold, closed or off").default("hold"),
      maxAge: duration.prefault("30m"),
      unknown: z.enum(["fail", "warn"], "expected fail or warn").default("fail"),
    })
    .prefault({}),
  defaults: z
    .strictObject({
      coupling: probability.default(0.5),
      failover: probability.default(0.9),
      prior: probability.default(0.002),
      criticality: amount.default(1),
      utilisationLimit: z.number("expected a number above 0").gt(0, "expected a number above 0").default(1),
    })
    .prefault({}),
  tiers: z.record(text, tier).default({ data: { impact: 1.5, criticality: 3, prior: 0.002 } }),
  dependencies: z
    .array(
      z.strictObject({
        client: text,
        service: text,
        coupling: probability.optional(),
        failover: probability.optional(),
      }),
    )
    .default([]),
  stacks: z
    .array(
      z.strictObject({
        name: text,
        dir: text.default("."),
        mode: z.enum(["observe", "advise", "enforce"], "expected observe, advise or enforce").default("observe"),
      }),
    )
    .default([]),
  limits: z
    .strictObject({
      changesPerRun: count.default(5),
      migrationsPerHour: count.default(3),
      costPerDay: amount.default(50),
      coolDown: duration.prefault("30m"),
      holdTime: duration.prefault("12h"),
      hysteresis: probability.default(0.8),
      maxReplicas: count.default(10),
      maxReservedSlots: count.default(5),
      shareTouched: probability.default(0.5),
      freeze: z.array(freeze, "expected a list of windows").default([]),
    })
    .prefault({}),
  costs: z
    .strictObject({
      cpuHour: amount.default(0.04),
      memoryGiBHour: amount.default(0.005),
      migration: amount.default(0.5),
      reservedShare: amount.default(1),
      weight: amount.default(0.1),
    })
    .prefault({}),
  policy: policySchema.prefault({}),
  exceptions: z.array(exceptionSchema, "expected a list of exceptions").default([]),
  stores: z
    .strictObject({
      audit: z
        .string()
        .regex(/^file:.+/, "expected file:PATH")
        .default("file:./.firebreak/audit.jsonl"),
    })
    .prefault({}),
});

export type Config = z.output<typeof schema> & {
  /** Folder that relative paths are resolved against. */
  readonly root: string;
  /** The file that was read, or null when only the defaults are in force. */
  readonly file: string | null;
};

/**
 * Reads `firebreak.yaml`. Without `path` the one in `cwd` is read where it exists, else the defaults hold.
 * @throws InputError with every unknown key and bad value.
 */
export function readConfig(path: string | undefined, cwd: string): Config {
  const file = resolve(cwd, path ?? "firebreak.yaml");
  if (!existsSync(file)) {
    if (path !== undefined) {
      throw new InputError(path, [{ place: path, message: "no such file; run `firebreak init` to write one" }]);
    }
    return { ...schema.parse({}), root: cwd, file: null };
  }
  return {
    ...readAs(schema, readYaml(file, path ?? "firebreak.yaml") ?? {}, path ?? "firebreak.yaml"),
    root: dirname(file),
    file,
  };
}

/** Reads a YAML or JSON file as plain data; syntax errors name line and column. */
export function readYaml(file: string, source: string): unknown {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new InputError(source, [
      {
        place: source,
        message: code === "ENOENT" ? "no such file; check the path" : `cannot be read (${code}); check its permissions`,
      },
    ]);
  }
  const document = parseDocument(content, { uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new InputError(
      source,
      document.errors.map((e) => ({
        place: e.linePos ? `line ${e.linePos[0].line}, column ${e.linePos[0].col}` : "(top)",
        message: `${e.message.split("\n")[0]?.replace(/ at line .*$/, "")}; correct the YAML`,
      })),
    );
  }
  return document.toJS({ maxAliasCount: 100 });
}

/** What the graph builder is told to assume where neither traffic nor inventory speaks. */
export function estimatesOf(config: Config): Estimates {
  return {
    ...defaultEstimates,
    ...config.defaults,
    horizon: config.simulation.horizon,
    tiers: config.tiers,
    dependencies: config.dependencies,
  };
}
