import { dirname, join } from "node:path";

/**
 * Where the audit log is: as the program names it, `FIREBREAK_AUDIT`, else `audit.jsonl` beside the decision.
 * @param root the Pulumi project's root
 */
export function auditFile(
  decisionFile: string,
  root: string,
  named?: string,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const folder = decisionFile === "none" ? join(root, ".firebreak") : dirname(decisionFile);
  return named ?? (environment.FIREBREAK_AUDIT || join(folder, "audit.jsonl"));
}
