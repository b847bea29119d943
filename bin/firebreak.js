#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  const { run } = await import(main.href);
  const code = await run(process.argv);
  // After Ctrl-C nothing is left to write, and giving back what a large run holds would take longer than stopping it.
  if (code === 130) process.exit(code);
  process.exitCode = code;
} else {
  process.stderr.write("firebreak: this checkout is not built yet; run `npm ci` (or `npm run build`) in it first\n");
  process.exitCode = 1;
}
