import { decisionInForce } from "./decisionInForce.js";
import { riskOverThreshold } from "./riskOverThreshold.js";
import type { Rule } from "./rule.js";

/** Every rule, in the order of the documentation. */
export const rules: readonly Rule[] = [decisionInForce, riskOverThreshold];
