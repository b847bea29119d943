import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAddress } from "../../graph/address.js";

describe("an address", () => {
  it("is every IPv4 and IPv6 address, however it is written", () => {
    fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => isAddress(text) && isAddress(text.toUpperCase())));
  });

  it.each(["", "cafe", "10.0.0", "10.0.0.256", "1:2", "api-0", "db.example.org", "::1%eth0", "[::1]", "::1]/x["])(
    "is not %j",
    (text) => {
      expect(isAddress(text)).toBe(false);
    },
  );
});
