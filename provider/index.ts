export type { LiveCluster } from "./liveCluster.js";
export type { RiskAssessmentArgs, Standing } from "./riskAssessment.js";
export { RiskAssessment } from "./riskAssessment.js";
export type { StackChange } from "./stackChange.js";
export type { ApplyDecisionArgs } from "./transform.js";
export { applyDecision } from "./transform.js";
