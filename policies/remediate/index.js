// The policy pack itself: what it changes is decided in provider/remediation, compiled to dist.
import { dirname, join } from "node:path";
import { PolicyPack } from "@pulumi/policy";
import { fileAbove } from "../../dist/input/fileAbove.js";
import { ambientCluster } from "../../dist/provider/liveCluster.js";
import { createRemediator } from "../../dist/provider/remediation/remediator.js";

let remediator;

/** One for the run of the engine that this process belongs to, made when the pack's configuration is known. */
function remediatorFor(args) {
  if (remediator === undefined) {
    const { decision = process.env.FIREBREAK_DECISION, audit = process.env.FIREBREAK_AUDIT } = args.getConfig();
    const wanted = decision || join(".firebreak", "decision.json");
    const file = wanted === "none" ? wanted : (fileAbove(wanted, process.cwd()) ?? wanted);
    remediator = createRemediator({
      file,
      now: Date.now() / 1000,
      cluster: ambientCluster(),
      isPreview: process.env.PULUMI_DRY_RUN === "true",
      auditPath: audit || join(file === "none" ? process.cwd() : dirname(file), "audit.jsonl"),
    });
  }
  return remediator;
}

const stackType = "pulumi:pulumi:Stack";
const configSchema = {
  properties: {
    decision: { type: "string", description: "The decision file; by default .firebreak/decision.json." },
    audit: { type: "string", description: "The audit log; by default audit.jsonl beside the decision." },
  },
};

new PolicyPack("firebreak-remediate", {
  policies: [
    {
      name: "apply-decision",
      description: "Writes the changes of the Firebreak decision into the resources that they are for.",
      enforcementLevel: "remediate",
      configSchema,
      remediateResource: (args) => remediatorFor(args).remediate(args),
    },
    {
      name: "decision-in-force",
      description: "There must be a Firebreak decision for this stack that may be applied.",
      enforcementLevel: "mandatory",
      configSchema,
      validateResource: async (args, reportViolation) => {
        if (args.type !== stackType) return;
        const problem = await remediatorFor(args).findProblem(args.urn);
        if (problem !== null) reportViolation(problem);
      },
    },
    {
      name: "change-left-alone",
      description: "What the Firebreak decision asks for and this pack does not change.",
      enforcementLevel: "advisory",
      configSchema,
      validateResource: (args, reportViolation) => {
        for (const remark of remediatorFor(args).remarksOn(args)) reportViolation(remark);
      },
    },
    {
      name: "change-not-for-policies",
      description: "What only the program itself can do for the Firebreak decision.",
      enforcementLevel: "advisory",
      configSchema,
      validateStack: async (args, reportViolation) => {
        const [first] = args.resources;
        const remarks = first === undefined ? [] : await remediatorFor(args).finish(first.urn);
        for (const remark of remarks) reportViolation(remark);
      },
    },
  ],
});
