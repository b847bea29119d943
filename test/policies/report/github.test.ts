import { describe, expect, it } from "vitest";
import { github } from "../../../policies/report/github.js";
import { excepted, failing, hostile, hostileReport, reportOf, reports, style } from "./reports.js";

/** What the runner of GitHub Actions makes of a log: commands with properties and message, as its source reads them. */
function commandsOf(log: string): { name: string; properties: Record<string, string>; message: string }[] {
  const plain = (text: string) =>
    text.replace(/%0D/g, "\r").replace(/%0A/g, "\n").replace(/%3A/g, ":").replace(/%2C/g, ",").replace(/%25/g, "%");
  return log.split(/\r\n|\r|\n/).flatMap((line) => {
    const match = /^\s*::([\w-]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)$/s.exec(line);
    if (!match) return [];
    const [, name = "", given = "", message = ""] = match;
    const pairs =
      given === ""
        ? []
        : given.split(",").map((pair) => [pair.split("=")[0]!, plain(pair.split("=").slice(1).join("="))]);
    return [{ name, properties: Object.fromEntries(pairs) as Record<string, string>, message: plain(message) }];
  });
}

describe("workflow commands", () => {
  it.each(reports)("of %s are one line each, and nothing else", (_title, report) => {
    const log = github.write(report, style);
    const notices = report.warnings.length + report.exceptions.expiring.length + report.exceptions.unused.length;
    const commands = commandsOf(log);
    expect(commands).toHaveLength(report.findings.length + notices + 1);
    expect(log.split("\n")).toHaveLength(commands.length + 1);
    expect(commands.every(({ name }) => ["error", "warning", "notice"].includes(name))).toBe(true);
    expect(log).not.toMatch(/[^\P{Cc}\n]|\u2028/u);
  });

  it("say where and what", () => {
    expect(commandsOf(github.write(reportOf([failing, excepted]), style))).toEqual([
      {
        name: "error",
        properties: { title: "risk-over-threshold (critical)", file: "src/index.ts", line: "7" },
        message: `${failing.message}\n${failing.address}\npath: host/n1 → web-0\nfix: spec.replicas: 2 → 3`,
      },
      {
        name: "notice",
        properties: { title: "risk-over-threshold (critical, let through)", file: "src/index.ts", line: "7" },
        message: expect.stringContaining("let through until 2026-12-31 (team-shop: moves next week)"),
      },
      {
        name: "notice",
        properties: { title: "Firebreak: shop/dev is blocked" },
        message: "9 resources: 4 judgements pass, 1 fail, 0 unknown, 1 let through by exceptions",
      },
    ]);
  });

  it("keep a hostile name within its property and its message", () => {
    const [first] = commandsOf(github.write(hostileReport, style));
    expect(Object.keys(first!.properties)).toEqual(["title", "file", "line"]);
    expect(first!.properties.line).toBe("3");
    expect(first!.properties.file?.endsWith("/x,y:z.ts")).toBe(true);
    expect(first!.message.startsWith(hostile.slice(0, hostile.indexOf("\u001b")))).toBe(true);
  });
});
