// The policy pack itself: what it says is decided in policies/rules, compiled to dist.
import { PolicyPack } from "@pulumi/policy";
import { judgePlanned } from "../../dist/policies/judgePlanned.js";

/** Reports the findings of one level. */
const report = (level) => (args, reportViolation) => {
  const decision = args.getConfig().decision || process.env.FIREBREAK_DECISION;
  const options = { decision, folder: process.cwd(), now: Date.now() / 1000 };
  for (const finding of judgePlanned(args, options)) {
    if (finding.level === level) reportViolation(finding.message);
  }
};

const configSchema = {
  properties: { decision: { type: "string", description: "The decision file; by default .firebreak/decision.json." } },
};

new PolicyPack("firebreak-gate", {
  policies: [
    {
      name: "risk-over-threshold",
      description: "No resource may keep a risk that its Firebreak decision puts over the threshold.",
      enforcementLevel: "mandatory",
      configSchema,
      validateResource: report("fail"),
    },
    {
      name: "risk-not-judged",
      description: "What the Firebreak decision cannot judge now.",
      enforcementLevel: "advisory",
      configSchema,
      validateResource: report("warn"),
    },
  ],
});
