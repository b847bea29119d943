import { describe, expect, it } from "vitest";
import { valuesAt, withValueAt } from "../../provider/liveField.js";

const route = {
  spec: {
    rules: [
      {
        backendRefs: [
          { name: "web-a", weight: 10 },
          { name: "web-b", weight: 90 },
        ],
      },
      { backendRefs: [{ name: "web-a", weight: 20 }] },
    ],
  },
};
const field = "spec.rules[*].backendRefs[name=web-a].weight";

describe("a field of a live object", () => {
  it("is every value that its path names", () => {
    expect(valuesAt(route, field)).toEqual([10, 20]);
    expect(valuesAt({ spec: { replicas: 3 } }, "spec.replicas")).toEqual([3]);
  });

  it.each(["spec.replicas", "spec.rules[name=x].backendRefs[*].weight", "metadata.name", "spec.rules.weight"])(
    "has no value at %s where the object has none",
    (path) => {
      expect(valuesAt(route, path)).toEqual([]);
      expect(withValueAt(route, path, 5)).toEqual(route);
    },
  );

  it("is replaced at every place of its path and nowhere else, in a copy", () => {
    const before = structuredClone(route);
    const changed = withValueAt(route, field, 7);
    expect(valuesAt(changed, field)).toEqual([7, 7]);
    expect(valuesAt(changed, "spec.rules[*].backendRefs[name=web-b].weight")).toEqual([90]);
    expect(route).toEqual(before);
  });

  it("is not read by a path that is none", () => {
    expect(() => valuesAt(route, "spec.[x]")).toThrow("is no part of a field path");
  });
});
