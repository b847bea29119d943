export { RiskAssessment } from "./provider/riskAssessment.js";
export { applyDecision } from "./provider/transform.js";
