import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLocal } from "../../../history/storage/local.js";
import { testFolder } from "../flowLogs.js";
import { itKeepsTheContract } from "./contract.js";

const folder = join(testFolder(), "below", "history");

describe("a folder as storage", () => {
  itKeepsTheContract(() => openLocal(folder));

  it("leaves no temporary file behind, and lists none that is there", async () => {
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
