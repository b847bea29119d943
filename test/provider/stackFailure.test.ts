import { describe, expect, it } from "vitest";
import { GateError } from "../../input/gate.js";
import { explainFailure, type FailureReport, PolicyError, StackError } from "../../provider/stackFailure.js";

const web = "urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::web";
const report = (given: Partial<FailureReport>): FailureReport => ({
  stack: "dev",
  operation: "up",
  text: "",
  errors: [],
  violations: [],
  ...given,
});

// What Pulumi 3.219 printed where each thing was brought about.
const locked = `code: 255
 stderr: error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/shop/dev/aaaa.json?no_tmp_dir=true: created by bob@far (pid 1) at 2026-11-25T03:00:00Z
`;
const conflict = `Preview failed: 1 error occurred:
	* the Kubernetes API server reported that "probe/web" failed to fully initialize or become live: Server-Side Apply field conflict detected. See https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources for troubleshooting help.
The resource managed by field manager "pulumi-kubernetes-3fa561f5" had an apply conflict: Apply failed with 1 conflict: conflict with "kubectl-patch" using apps/v1: .spec.replicas`;
const thrown = `Running program '/shop' failed with an unhandled exception:
InputError: decision.json: 1 problem
  boundTo.stack: was made for prod, this is dev
    at file:///shop/index.js:3:41
    at ModuleJob.run (node:internal/modules/esm/module_job:325:25)`;

describe("a failure of the engine becomes one short message", () => {
  it.each<[string, Partial<FailureReport>, StackError["failure"], string]>([
    [
      "no such stack",
      { text: "stderr: error: no stack named 'dev' found" },
      "noStack",
      "there is no stack dev: create it with `pulumi stack init dev`",
    ],
    [
      "a lock",
      { text: locked },
      "locked",
      "stack dev is locked by another update (bob@far (pid 1) at 2026-11-25T03:00:00Z): wait for it to end; if it crashed, run `pulumi cancel --stack dev`",
    ],
    [
      "a lock of the service",
      { text: "error: [409] Conflict: Another update is currently in progress." },
      "locked",
      "stack dev is locked by another update: wait for it to end; if it crashed, run `pulumi cancel --stack dev`",
    ],
    [
      "no passphrase",
      {
        text: "error: getting stack configuration: get stack secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE",
      },
      "passphrase",
      "the secrets of stack dev cannot be read: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to its passphrase",
    ],
    [
      "a field of another owner",
      { errors: [{ urn: web, message: conflict }, { message: "preview failed" }] },
      "conflict",
      "probe/web: .spec.replicas is owned by kubectl-patch: give the field back to Pulumi, or list it in the resource's ignoreChanges",
    ],
    [
      "a program that throws",
      { errors: [{ message: thrown }] },
      "program",
      "the program of stack dev failed: InputError: decision.json: 1 problem\n  boundTo.stack: was made for prod, this is dev",
    ],
    [
      "anything else",
      {
        errors: [
          { urn: web, message: "update failed" },
          { urn: web, message: "no such\n  image" },
        ],
      },
      "other",
      "up of stack dev failed: no such image",
    ],
    [
      "anything else that only printed",
      { text: "code: 255\n stderr: error: out of luck\n" },
      "other",
      "up of stack dev failed: out of luck",
    ],
  ])("%s", (_, given, failure, message) => {
    const error = explainFailure(report(given));
    expect(error).toBeInstanceOf(StackError);
    expect(error).toMatchObject({ failure, message });
  });
});

describe("a gate of the engine is told apart from a failure", () => {
  it.each<[string, Partial<FailureReport>, string]>([
    [
      "a mandatory policy, and only that",
      {
        violations: [
          { pack: "gate", policy: "risk", level: "mandatory", urn: web, message: "risk 0.3\n" },
          { pack: "gate", policy: "age", level: "warning", message: "old" },
        ],
      },
      "policy blocks this up:\n  gate/risk on web: risk 0.3",
    ],
    [
      "a plan that no longer holds",
      { errors: [{ urn: web, message: `resource ${web} violates plan: properties changed: ~~spec[...]` }] },
      "the program no longer does what the saved plan says (web), so nothing more was changed: the decision, the program or the stack changed since; run preview again",
    ],
    [
      "a decision that the risk assessment refuses",
      {
        errors: [
          {
            urn: "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/firebreak:RiskAssessment::firebreak",
            message:
              "pulumi-nodejs:dynamic/firebreak:RiskAssessment resource 'firebreak': property decisionId value {a} has a problem: decision a was applied and its file is missing",
          },
        ],
      },
      "decision a was applied and its file is missing",
    ],
  ])("%s", (_, given, message) => {
    const error = explainFailure(report(given));
    expect(error).toBeInstanceOf(GateError);
    expect(error.message).toBe(message);
  });

  it("is no gate where a policy only warned", () => {
    const violations = [{ pack: "gate", policy: "risk", level: "warning" as const, message: "risk 0.3" }];
    expect(explainFailure(report({ violations, text: "error: x" }))).toBeInstanceOf(StackError);
  });
});

it("a policy's no tells every violation, for reports", () => {
  const violations = [
    { pack: "gate", policy: "risk", level: "mandatory" as const, urn: web, message: "risk 0.3" },
    { pack: "gate", policy: "age", level: "warning" as const, message: "old" },
  ];
  const error = explainFailure(report({ violations }));
  expect(error).toBeInstanceOf(PolicyError);
  expect(error).toBeInstanceOf(GateError);
  expect((error as PolicyError).violations).toEqual(violations);
});
