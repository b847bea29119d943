export * from "./layout";
export { clear, runSeeds, touchedReplicas, validRow, worldsOf } from "./lanes";
export { runWorld, work } from "./memo";
export { drawRow } from "./coins";
export { runCaused } from "./marginal";
