// Runs one Pulumi program against mocks and sends what it registered to the parent. Started by renderProgram alone.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { sortBy } from "../graph/order.js";
import type { RegisteredResource, RenderAnswer, RenderTask } from "./renderProgram.js";

/** The parts of the SDK's registration request (a protobuf message) that are read here. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getProtect(): boolean;
  getIgnorechangesList(): string[];
  getObject(): Parameters<typeof import("@pulumi/pulumi").runtime.deserializeProperties>[0];
}

const task = JSON.parse(process.argv[2] ?? "") as RenderTask;
// The SDK that the program itself loads: another copy would not see its resources.
const pulumi = createRequire(task.entry)("@pulumi/pulumi") as typeof import("@pulumi/pulumi");
const found: RegisteredResource[] = [];

await pulumi.runtime.setMocks(
  {
    newResource: ({ name, type, inputs, id }) => ({
      id: id || `${name}-id`,
      state: type.startsWith("kubernetes:") ? named(name, inputs) : inputs,
    }),
    call: () => ({}),
  },
  task.project,
  task.stack,
  false,
);
pulumi.runtime.setAllConfig({ ...task.config });
recordRegistrations();

pulumi.runtime
  .runInPulumiStack(() => import(pathToFileURL(task.entry).href))
  .then(() => pulumi.runtime.disconnect())
  .then(() => answer({ resources: sortBy(found, (resource) => resource.urn) }))
  .catch((error: unknown) =>
    answer({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }),
  );

/** The mock monitor gives its mocks the inputs only; the options are in the request. */
function recordRegistrations(): void {
  // biome-ignore lint/suspicious/noExplicitAny: the SDK types its monitor so
  const monitor: any = pulumi.runtime.getMonitor();
  // The mock monitor knows no transforms and hooks: they are accepted, and never called.
  for (const accepted of ["registerStackTransform", "registerStackInvokeTransform", "registerResourceHook"]) {
    monitor[accepted] ??= (_request: unknown, callback: (error: null, response: object) => void) => callback(null, {});
  }
  const register = monitor.registerResource.bind(monitor);
  // biome-ignore lint/suspicious/noExplicitAny: the answer is passed on as it comes
  monitor.registerResource = (request: RegisterRequest, callback: (error: unknown, response: any) => void) =>
    register(request, (error: unknown, response: { getUrn(): string } | undefined) => {
      if (response !== undefined && request.getType() !== "pulumi:pulumi:Stack") {
        found.push({
          urn: engineUrn(response.getUrn()),
          type: request.getType(),
          name: request.getName(),
          custom: request.getCustom(),
          inputs: shown(pulumi.runtime.deserializeProperties(request.getObject())) as Record<string, unknown>,
          options: {
            parent: request.getParent() || null,
            protect: request.getProtect(),
            ignoreChanges: request.getIgnorechangesList(),
          },
        });
      }
      callback(error, response);
    });
}

/** The engine leaves the root stack out of the parents' types in a URN; the mocks do not. */
function engineUrn(urn: string): string {
  return urn.replace("::pulumi:pulumi:Stack$", "::");
}

function named(name: string, inputs: { metadata?: object }): object {
  return { ...inputs, metadata: { name, ...inputs.metadata } };
}

/** Plain data only: secrets are covered, and what has no JSON (assets, functions) is left out. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return typeof value === "function" ? undefined : value;
  if (pulumi.runtime.isRpcSecret(value)) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
}

function answer(message: RenderAnswer): void {
  process.send?.(message, undefined, undefined, () => process.exit(0));
}
