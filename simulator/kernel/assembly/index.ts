export * from "./layout";
export { runSeeds, validRow } from "./lanes";
export { runBlock } from "./memo";
export { drawDependencies } from "./wordLists";
export { setKey } from "./philox";
export { prepareMarginal, runCaused } from "./marginal";
export { gatherEvents, openStreams } from "./causes";
