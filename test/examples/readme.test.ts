import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");

interface Shown {
  readonly command: string;
  readonly output: readonly string[];
}

/** The commands between `run:begin` and `run:end`, each with the output that stands under it. */
function commandsOf(text: string): Shown[] {
  const run = /<!-- run:begin -->([\s\S]*?)<!-- run:end -->/.exec(text)?.[1] ?? "";
  const blocks = [...run.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block = ""]) => block.trimEnd());
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .filter((part) => part !== "")
      .map((part) => {
        const [command = "", ...output] = part.trimEnd().split("\n");
        return { command, output };
      }),
  );
}

/** Whether lines are the shown ones, where a line `...` stands for any number of lines. */
function agree(shown: readonly string[], printed: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return printed.length === 0;
  if (first === "...") return printed.some((_, n) => agree(rest, printed.slice(n))) || rest.length === 0;
  return printed[0] === first && agree(rest, printed.slice(1));
}

describe("the README", () => {
  // A checkout of its own, made of links, so that nobody's .firebreak folder is touched.
  const cwd = mkdtempSync(join(tmpdir(), "firebreak-readme-"));
  beforeAll(() => {
    const own = (name: string) => !name.startsWith(".") && !/^Pulumi\..+\.yaml$/.test(name);
    for (const name of readdirSync(root).filter(own)) symlinkSync(join(root, name), join(cwd, name));
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  it("shows what its commands print", () => {
    const commands = commandsOf(readme);
    expect(commands.map((c) => c.command.split(" ")[1])).toEqual([
      "tsx",
      "ingest",
      "simulate",
      "explain",
      "plan",
      "preview",
    ]);
    for (const { command, output } of commands) {
      const { status, stdout, stderr } = spawnSync("bash", ["-c", command], { cwd, encoding: "utf8" });
      expect(status, `${command}\n${stderr}`).toBe(0);
      const printed = stdout === "" ? [] : stdout.trimEnd().split("\n");
      if (!agree(output, printed)) expect(printed, command).toEqual(output);
    }
  });

  it("draws the risks that its commands print", () => {
    const picture = readFileSync(join(root, "docs/firebreak.svg"), "utf8");
    const drawn = [...picture.matchAll(/class="p">([\d.]+) %</g)].map(([, percent]) => Number(percent));
    const rows = [...readme.matchAll(/^\S+-\d +([\d.]+) % +([\d.]+) %$/gm)];
    const printed = rows.flatMap(([, before, after]) => [Number(before), Number(after)]);
    expect(rows).toHaveLength(7);
    expect(drawn).toHaveLength(17);
    for (const risk of printed) expect(drawn.some((d) => Math.abs(d - risk) <= 0.0501)).toBe(true);
  });

  it("links to files that exist", () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = ""]) => target);
    expect(links.length).toBeGreaterThan(5);
    for (const link of links) expect(existsSync(join(root, link)), link).toBe(true);
  });
});
