#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  const { run } = await import(main.href);
  process.exitCode = await run(process.argv);
} else {
  process.stderr.write("firebreak: this checkout is not built yet; run `npm ci` (or `npm run build`) in it first\n");
  process.exitCode = 1;
}
