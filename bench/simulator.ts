import { parseArgs } from "node:util";
import { measureCascades } from "./cascades.js";
import { cases, findCase } from "./cases.js";
import { measureCoins } from "./coins.js";
import { measureMarginal } from "./marginal.js";
import { describeMachine } from "./measure.js";
import { showCascade, showCoins, showMachine, showMarginal, showThreads } from "./report.js";
import { measureThreads } from "./threads.js";

const usage = `npx tsx bench/simulator.ts [graphs] [coins] [marginal] [threads] [--graph NAME]… [--quick] [--json]

  Without a part's name: all of them; with --graph: that graph alone, one of
  ${cases.map((one) => one.name).join(", ")}
  --quick measures for a shorter time, --json prints one JSON document`;

const parts = ["graphs", "coins", "marginal", "threads"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    graph: { type: "string", multiple: true },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const { graph: named, quick, json } = values;

if (values.help) {
  console.log(usage);
} else {
  const unknown = positionals.find((part) => !parts.includes(part));
  if (unknown !== undefined) throw new RangeError(`${unknown}: no such part\n${usage}`);
  await measure(positionals.length > 0 ? positionals : named ? ["graphs"] : parts);
}

/** Each figure is shown as soon as it is there. */
async function measure(wanted: readonly string[]): Promise<void> {
  const effort = quick ? { seconds: 0.2, repeats: 3 } : { seconds: 1.5, repeats: 5 };
  const show = (text: string) => json || console.log(text);
  const machine = describeMachine();
  show(showMachine(machine));
  const results: Record<string, unknown> = { machine };

  if (wanted.includes("graphs")) {
    const chosen = named?.map(findCase) ?? cases;
    results.graphs = chosen.flatMap((one) => {
      const figures = measureCascades(one, effort);
      show(figures.map(showCascade).join("\n"));
      return figures;
    });
  }
  if (wanted.includes("coins")) {
    const figures = measureCoins(effort);
    show(figures.map(showCoins).join("\n"));
    results.coins = figures;
  }
  if (wanted.includes("marginal")) {
    const figures = measureMarginal(quick ? 20_000 : 1_000_000);
    show(figures.map(showMarginal).join("\n"));
    results.marginal = figures;
  }
  if (wanted.includes("threads")) {
    const figures = await measureThreads(quick ? 2048 : 8192, quick ? 1 : 3);
    show(figures.map(showThreads).join("\n"));
    results.threads = figures;
  }
  if (json) console.log(JSON.stringify(results, null, 2));
}
