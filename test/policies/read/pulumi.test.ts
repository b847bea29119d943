import { describe, expect, it } from "vitest";
import { readPulumiPlan } from "../../../policies/read/pulumiPlan.js";
import { readPulumiPreview } from "../../../policies/read/pulumiPreview.js";
import { coverPulumi } from "../../../policies/read/pulumiValue.js";
import type { PlannedStack } from "../../../policies/types.js";
import { secretValue, unknownValue, valueIn } from "../../../policies/values.js";
import { sample } from "../samples.js";

const preview = (file: string) => readPulumiPreview(sample(`pulumi/${file}`), file);
const plan = (file: string) => readPulumiPlan(sample(`pulumi/${file}`), file);
const replicas = ["spec", "replicas"];

/** Name, operation and replicas before and after. */
function workloads({ resources }: PlannedStack): unknown[] {
  return resources
    .filter(({ type }) => type.endsWith(":Deployment"))
    .map(({ name, operation, before, after }) => [
      name,
      operation,
      valueIn(before, replicas),
      valueIn(after, replicas),
    ]);
}

describe("a preview of the engine", () => {
  it("of a new stack shows what will be, with secrets covered, and where it is written", () => {
    const stack = preview("create.json");
    expect(stack).toMatchObject({ source: "pulumi", project: "shop", stack: "dev", warnings: [] });
    expect(workloads(stack)).toEqual([
      ["cart", "create", undefined, 2],
      ["hidden", "create", undefined, secretValue],
      ["left", "create", undefined, 2],
      ["unk", "create", undefined, secretValue],
    ]);
    expect(stack.resources.find(({ name }) => name === "hidden")).toMatchObject({
      address: "urn:pulumi:dev::shop::my:app:Comp$kubernetes:apps/v1:Deployment::hidden",
      type: "kubernetes:apps/v1:Deployment",
      protect: true,
      place: { file: "/srv/shop/index.js", line: 6 },
    });
    expect(stack.resources.find(({ name }) => name === "left")?.ignoreChanges).toEqual(["spec.replicas"]);
    // Made in Pulumi's own code: no place to mend.
    expect(stack.resources.find(({ name }) => name === "shop-dev")).not.toHaveProperty("place");
  });

  it("of a change shows updates, replacements and deletions, and says that it leaves out what stays", () => {
    const stack = preview("preview.json");
    expect(workloads(stack)).toEqual([
      ["cart", "update", 2, 4],
      ["unk", "replace", secretValue, secretValue],
    ]);
    const secret = stack.resources.find(({ name }) => name === "s");
    expect(secret).toMatchObject({ operation: "delete", before: { data: secretValue } });
    expect(secret).not.toHaveProperty("after");
    expect(stack.warnings).toEqual([
      "4 unchanged resources are not in the preview and were not judged; show them with `pulumi preview --json --show-sames`",
    ]);
  });

  it("with --show-sames shows everything", () => {
    const stack = preview("show-sames.json");
    expect(stack.warnings).toEqual([]);
    expect(workloads(stack)).toEqual([
      ["cart", "update", 2, 4],
      ["hidden", "same", secretValue, secretValue],
      ["left", "same", 2, 2],
      ["unk", "replace", secretValue, secretValue],
    ]);
  });
});

describe("a plan file of the engine", () => {
  it("of a new stack shows the same as the preview", () => {
    expect(workloads(plan("plan-create.json"))).toEqual(workloads(preview("create.json")));
  });

  it("of a change shows the same after it, and does not guess what was before", () => {
    const stack = plan("plan.json");
    expect(workloads(stack)).toEqual([
      ["cart", "update", unknownValue, 4],
      ["hidden", "same", secretValue, secretValue],
      ["left", "same", 2, 2],
      ["unk", "replace", unknownValue, secretValue],
    ]);
    expect(stack.resources.find(({ name }) => name === "s")).toEqual({
      address: "urn:pulumi:dev::shop::kubernetes:core/v1:Secret::s",
      type: "kubernetes:core/v1:Secret",
      name: "s",
      operation: "delete",
    });
    expect(stack.warnings).toEqual([
      "the plan file does not hold what the 1 resources that it deletes were; give the preview itself",
    ]);
  });
});

describe("steps of one resource", () => {
  const urn = "urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::web";
  const state = (count: number, more = {}) => ({
    urn,
    type: "kubernetes:apps/v1:Deployment",
    inputs: { spec: { replicas: count } },
    ...more,
  });
  const read = (...steps: object[]) =>
    workloads(readPulumiPreview(Buffer.from(JSON.stringify({ steps, changeSummary: {} })), "preview.json"));

  it.each<[string, object[], unknown[]]>([
    [
      "a replacement in three steps",
      [
        { op: "create-replacement", urn, newState: state(3) },
        { op: "replace", urn, oldState: state(2), newState: state(3) },
        { op: "delete-replaced", urn, oldState: state(2) },
      ],
      [["web", "replace", 2, 3]],
    ],
    [
      "a replacement that deletes first",
      [
        { op: "delete-replaced", urn, oldState: state(2) },
        { op: "replace", urn, oldState: state(2), newState: state(3) },
        { op: "create-replacement", urn, oldState: state(2), newState: state(3) },
      ],
      [["web", "replace", 2, 3]],
    ],
    [
      "an update after a refresh",
      [
        { op: "refresh", urn, oldState: state(1), newState: state(2) },
        { op: "update", urn, oldState: state(2), newState: state(3) },
      ],
      [["web", "update", 2, 3]],
    ],
    [
      "a deletion after a refresh",
      [
        { op: "refresh", urn, oldState: state(1), newState: state(2) },
        { op: "delete", urn, oldState: state(2) },
      ],
      [["web", "delete", 2, undefined]],
    ],
    [
      "an update beside what waits for deletion",
      [
        { op: "delete", urn, oldState: state(1, { delete: true }) },
        { op: "update", urn, oldState: state(2), newState: state(3) },
      ],
      [["web", "update", 2, 3]],
    ],
    ["an import", [{ op: "import", urn, newState: state(2) }], [["web", "create", undefined, 2]]],
    ["a read", [{ op: "read", urn, newState: state(2) }], []],
    ["a step of a later engine", [{ op: "toString", urn, newState: state(2) }], []],
  ])("%s are one", (_title, steps, expected) => expect(read(...steps)).toEqual(expected));
});

describe("coverPulumi", () => {
  const marker = "4dabf18193072939515e22adb298388d";
  it.each<[string, unknown, unknown]>([
    ["a secret of a preview", "[secret]", secretValue],
    ["a secret of a state", { [marker]: "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" }, secretValue],
    ["an unknown number", "3eeb2bf0-c639-47a8-9e75-3b44932eb421", unknownValue],
    ["a known output", { [marker]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", value: [1] }, [1]],
    ["a secret output", { [marker]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", value: 1, secret: true }, secretValue],
    ["an unknown output", { [marker]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" }, unknownValue],
    ["an asset", { [marker]: "c44067f5952c0a294b673a41bacd8c17", text: "x" }, secretValue],
    ["a mark of no kind", { [marker]: {} }, secretValue],
    ["a nested one", { a: [{ b: "[secret]" }] }, { a: [{ b: secretValue }] }],
    ["text that only mentions it", "a [secret] garden", "a [secret] garden"],
  ])("covers %s", (_title, value, covered) => expect(coverPulumi(value)).toEqual(covered));

  it("keeps names of the object prototype, and gives back what needs no cover", () => {
    const value = JSON.parse('{"__proto__": "[secret]", "a": 1}') as object;
    expect(Object.entries(coverPulumi(value) as object)).toEqual([
      ["__proto__", secretValue],
      ["a", 1],
    ]);
    const plain = { a: [1, { b: "c" }] };
    expect(coverPulumi(plain)).toBe(plain);
  });
});
