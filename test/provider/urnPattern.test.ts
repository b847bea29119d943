import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesUrn, nameOfUrn } from "../../provider/urnPattern.js";

const api = "urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::api";
const nested = "urn:pulumi:dev::shop::shop:app:Service$kubernetes:apps/v1:Deployment::api";

describe("URN patterns", () => {
  it.each([
    [api, api, true],
    ["**::kubernetes:apps/v1:Deployment::api", api, true],
    ["**::kubernetes:apps/v1:Deployment::api", nested, false],
    ["**kubernetes:apps/v1:Deployment::api", nested, true],
    ["*::*::*::api", api, true],
    ["*::api", api, false],
    ["**::ap*", api, true],
    ["**::ap", api, false],
    ["**", api, true],
    ["*", api, false],
    ["urn:pulumi:*::shop::*Deployment::api", nested, true],
    // Letters that mean something to regular expressions mean themselves.
    ["**::Deployment::ap.", api, false],
    ["**$kubernetes:apps/v1:Deployment::api", nested, true],
    ["**::(api|web)", api, false],
  ])("%s on %s: %s", (pattern, urn, expected) => {
    expect(matchesUrn(pattern, urn)).toBe(expected);
  });

  const part = fc.stringMatching(/^[a-z0-9$/.+()[\]:]{1,8}$/).filter((s) => !s.includes("::") && !/^:|:$/.test(s));
  const parts = fc.array(part, { minLength: 1, maxLength: 5 });

  it("without a star matches itself and nothing else", () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(matchesUrn(a.join("::"), b.join("::"))).toBe(a.join("::") === b.join("::"));
      }),
    );
  });

  it("lets one star stand for a whole part, and never for two", () => {
    fc.assert(
      fc.property(parts, fc.nat(), (urn, n) => {
        const i = n % urn.length;
        const starred = urn.map((p, j) => (j === i ? "*" : p)).join("::");
        expect(matchesUrn(starred, urn.join("::"))).toBe(true);
        expect(matchesUrn(starred, urn.toSpliced(i, 1, "x", "y").join("::"))).toBe(false);
      }),
    );
  });

  it("lets two stars stand for any run of parts", () => {
    fc.assert(
      fc.property(parts, parts, parts, (head, middle, tail) => {
        expect(matchesUrn([...head, "**", ...tail].join("::"), [...head, ...middle, ...tail].join("::"))).toBe(true);
      }),
    );
  });

  it("keeps the dividers of a name that holds some itself", () => {
    expect(nameOfUrn("urn:pulumi:dev::shop::a:b:C::left::right")).toBe("left::right");
  });
});
