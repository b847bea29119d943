import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type AuditEntry, appendAudit } from "../../stores/audit/file.js";
import { entry } from "../stores/audit/example.js";
import { firebreak } from "./terminal.js";

const placed: AuditEntry = {
  ...entry,
  place: { system: "kubernetes", id: "apps/v1/Deployment/shop/cart", field: "spec.replicas" },
  reason: "n1 fails, cart-0 goes down with it: 8 % without this, 1 % with it.",
};

describe("firebreak audit", () => {
  let cwd: string;
  const audit = (...args: string[]) => firebreak(["audit", ...args, "--file", "audit.jsonl"], { cwd });

  beforeEach(async () => {
    cwd = mkdtempSync(join(tmpdir(), "firebreak-audit-"));
    const log = join(cwd, "audit.jsonl");
    await appendAudit(log, placed, "2026-11-25T10:00:00Z");
    await appendAudit(log, { ...placed, phase: "after", outcome: "done" }, "2026-11-25T10:00:01Z");
    await appendAudit(log, { ...placed, name: "web", phase: "refused", outcome: "freeze: until Monday" });
  });

  it("shows what a filter lets through", async () => {
    const { code, out } = await audit("show", "--resource", "cart", "--phase", "after");
    expect(code).toBe(0);
    expect(out.trim().split("\n")).toHaveLength(3);
    expect(out).toContain("replicas 2 → 3");
    const none = await audit("show", "--actor", "nobody");
    expect(none.out).toBe("no record fits\n");
    const { entries } = JSON.parse((await audit("show", "--phase", "refused", "--json")).out) as { entries: object[] };
    expect(entries).toMatchObject([{ name: "web", outcome: "freeze: until Monday" }]);
  });

  it("explains one record: what, who, why, where, and how it ended", async () => {
    const { code, out } = await audit("show", "1");
    expect(code).toBe(0);
    expect(out).toBe(`record 1
what       update of cart: replicas 2 → 3; it was about to be done
when       2026-11-25T10:00:00Z
who        ada@build-7
resource   urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::cart
stack      shop/dev
object     apps/v1/Deployment/shop/cart, spec.replicas
decision   ${placed.decision}
why        n1 fails, cart-0 goes down with it: 8 % without this, 1 % with it.
outcome    done (#2 at 2026-11-25T10:00:01Z)
`);
  });

  it.each([
    [["show", "9"], "there is no record 9; the log has 3"],
    [["show", "--phase", "never"], "Allowed choices are before, after, refused"],
    [["list"], "list is not known; expected verify or show"],
  ])("ends with 2 and the remedy for %j", async (args, message) => {
    const { code, err } = await audit(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
