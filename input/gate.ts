/** A gate said no: policy, stale decision, failed pre-flight. The command line prints the message and exits with 3. */
export class GateError extends Error {
  override readonly name = "GateError";
}
