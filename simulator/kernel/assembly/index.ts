export * from "./layout";
export { runSeeds, validRow } from "./lanes";
export { runWorld } from "./memo";
export { drawRow } from "./coins";
export { runCaused } from "./marginal";
