import type { CascadeFigure } from "./cascades.js";
import type { CoinFigure } from "./coins.js";
import type { MarginalFigure } from "./marginal.js";
import type { Machine } from "./measure.js";
import type { ThreadFigure } from "./threads.js";

export function showMachine({ cpu, cores, node, loadBefore }: Machine): string {
  return `${cores} cores of ${cpu}, Node ${node}, load before the run ${loadBefore}`;
}

export function showCascade({ graph, engine, seeds, worlds, blast, nanoseconds, ratio }: CascadeFigure): string {
  return row(
    graph,
    engine,
    `${digits(nanoseconds)} ns per (seed, world)`,
    `${ratio.toFixed(2)}×`,
    `mean blast ${blast.toFixed(2)} over ${seeds} seeds × ${worlds} worlds`,
  );
}

export function showCoins({ engine, dependencies, worlds, nanoseconds }: CoinFigure): string {
  return row(
    "coins",
    engine,
    `${nanoseconds.toFixed(2)} ns for two coins`,
    "",
    `${dependencies} dependencies × ${worlds} worlds`,
  );
}

export function showMarginal({ graph, engine, worlds, caused, failures, seconds }: MarginalFigure): string {
  return row(
    `marginal ${graph}`,
    engine,
    `${seconds.toFixed(2)} s`,
    "",
    `${worlds} worlds, ${caused} with a cause, ${failures.toFixed(2)} failures in each; ${digits((seconds * 1e9) / worlds)} ns a world`,
  );
}

export function showThreads({ graph, threads, worlds, seconds, ratio }: ThreadFigure): string {
  return row(
    `simulate ${graph}`,
    `threads ${threads}`,
    `${seconds.toFixed(2)} s`,
    `${ratio.toFixed(2)}×`,
    `${worlds} worlds`,
  );
}

function row(what: string, engine: string, figure: string, ratio: string, how: string): string {
  return `${what.padEnd(22)} ${engine.padEnd(11)} ${figure.padStart(26)} ${ratio.padStart(7)}  ${how}`;
}

/** Three significant digits, or whole numbers where there are more. */
function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
