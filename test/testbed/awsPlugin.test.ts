import { describe, expect, it } from "vitest";
import { checkInputs, differences, plainOf } from "./awsPlugin/inputs.js";
import { type Published, publishedTypes } from "./awsPlugin/publishedTypes.js";
import type { Kind, Property } from "./awsPlugin/resource.js";
import { group } from "./awsPlugin/resources/group.js";
import { resources } from "./awsPlugin/resources/index.js";
import { pulumiAwsVersion } from "./awsPlugin/version.js";

describe("the stand-in for the AWS plugin", () => {
  const inputs = { minSize: 1, maxSize: 3, tags: [{ key: "a", value: "b", propagateAtLaunch: true }] };

  it("takes what the engine wraps for what it is", () => {
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: 2 };
    expect(plainOf({ desiredCapacity: secret, tags: [secret] })).toEqual({ desiredCapacity: 2, tags: [2] });
  });

  it.each([
    ["nothing in what fits", inputs, []],
    ["nothing in a value that is not known yet", { ...inputs, minSize: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }, []],
    ["a property that it does not have", { ...inputs, desired: 2 }, ["desired"]],
    ["what is missing", { minSize: 1 }, ["maxSize"]],
    ["a value of another type, at its place", { ...inputs, tags: [{ ...inputs.tags[0], key: 1 }] }, ["tags[0].key"]],
  ])("finds %s", (_, props, places) => {
    expect(checkInputs(group, props).map((f) => f.property)).toEqual(places);
  });

  it("sees no difference in what AWS chose where the program says nothing", () => {
    expect(differences(group, { ...inputs, desiredCapacity: 2 }, inputs)).toEqual([]);
    expect(differences(group, inputs, { ...inputs, tags: undefined, maxSize: 4 })).toEqual(["maxSize", "tags"]);
  });
});

const files = ["autoscaling/group", "ecs/service", "route53/record", "ec2/capacityReservation"];
const types = await publishedTypes(pulumiAwsVersion, [...files, "types/input"]);
const title = `the properties of the stand-in are those of @pulumi/aws ${pulumiAwsVersion}`;

if (typeof types === "function") {
  describe(title, () => {
    it.each(resources.map((r) => [r.type, r] as const))("%s", (type, { properties }) => {
      const [, file = "", name = ""] = type.split(":");
      expect(unlike(properties, types(file, `${name}Args`), type)).toEqual([]);
    });
  });

  /** Where properties are not as published: unknown, of another type, or required on one side only. */
  const unlike = (properties: Readonly<Record<string, Property>>, published: Published | undefined, place: string) => {
    if (published === undefined) return [`${place}: is not published`];
    const problems: string[] = [];
    for (const [name, { kind, required = false }] of Object.entries(properties)) {
      const found = published.get(name);
      if (found === undefined) problems.push(`${place}.${name}: is not published`);
      else problems.push(...unlikeValue(kind, found.type, `${place}.${name}`));
      if (found !== undefined && found.required !== required)
        problems.push(`${place}.${name}: required ${found.required}`);
    }
    for (const [name, { required }] of published) {
      if (required && properties[name] === undefined) problems.push(`${place}.${name}: is required and left out`);
    }
    return problems;
  };

  const unlikeValue = (kind: Kind, type: string, place: string): string[] => {
    const wrong = [`${place}: is a ${type}`];
    if (typeof kind === "string") return type.split(" | ").includes(kind) ? [] : wrong;
    if ("list" in kind) return type.endsWith("[]") ? unlikeValue(kind.list, type.slice(0, -2), place) : wrong;
    if ("mapOf" in kind) return type === `{ [key: string]: ${kind.mapOf}; }` ? [] : wrong;
    return type.startsWith("inputs.")
      ? unlike(kind.object, types("types/input", type.slice("inputs.".length)), place)
      : wrong;
  };
} else if (process.env.CI === "true") {
  it(title, () => {
    throw new Error(`CI=true asks for every part, but: ${types.missing}`);
  });
} else {
  console.warn(`skipped: ${title}: ${types.missing}`);
  it.skip(`${title} (skipped: no published types)`, () => {});
}
