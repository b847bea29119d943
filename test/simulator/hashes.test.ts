import { expect, it } from "vitest";
import { assertDistinct, hashIds } from "../../simulator/hashes.js";

const ids = ["api-0", "api-1", "db-0", "db-1"];
const name = (index: number) => ids[index] ?? "";

it("hashes the same id of another kind differently, and every id to its own 64 bits", () => {
  const instances = hashIds("instance", ids);
  expect(hashIds("instance", [...ids].reverse()).subarray(0, 2)).toEqual(instances.subarray(6, 8));
  expect(hashIds("host", ids).subarray(0, 2)).not.toEqual(instances.subarray(0, 2));
  expect(() => assertDistinct(instances, name)).not.toThrow();
});

it.each([
  ["both halves alike", [1, 2, 3, 4, 5, 6, 3, 4], "api-1 and db-1: ids hash alike (64 bits)"],
  ["all alike", [7, 7, 7, 7, 7, 7, 7, 7], "api-0 and api-1 and db-0 and db-1: ids hash alike"],
])("names the ids that hash alike: %s", (_, words, message) => {
  expect(() => assertDistinct(Uint32Array.from(words), name)).toThrow(message);
});

it("takes ids that share one half only", () => {
  expect(() => assertDistinct(Uint32Array.from([1, 2, 1, 3, 4, 2, 2, 1]), name)).not.toThrow();
});
