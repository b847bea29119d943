import { UnreadableError } from "../found.js";

interface AwsError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: unknown;
  readonly cause?: unknown;
}

const expired = /^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/;
const missing = /^(CredentialsProviderError|TokenProviderError|CredentialsError)$/;
const refused = /^(AuthFailure|InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|OptInRequired)$/;
const denied = /^(UnauthorizedOperation|AccessDenied|AccessDeniedException|AuthorizationError)$/;
const silent = /^(ECONNREFUSED|ENOTFOUND|ECONNRESET|EHOSTUNREACH|ETIMEDOUT|EAI_AGAIN|TimeoutError|NetworkingError)$/;

/** Whether AWS does not allow this one action. */
export function isDenied(error: unknown): boolean {
  return denied.test((error as AwsError)?.name ?? "");
}

/**
 * What AWS's refusal of an action means for people, with the remedy; other errors are given back as they are.
 * @param action as IAM names it, for example `ec2:DescribeInstances`
 */
export function explainRefusal(error: unknown, action: string): unknown {
  const { name = "", message = "", code = "" } = (error ?? {}) as AwsError;
  const because = (why: string) => new UnreadableError(`AWS: ${action}: ${why} (${name || code}: ${message})`);
  if (expired.test(name)) return because("the credentials have expired; log in again (`aws sso login`) or renew them");
  if (missing.test(name)) {
    return because("no credentials were found; set AWS_PROFILE, or log in (`aws configure`, `aws sso login`)");
  }
  if (refused.test(name)) return because("the credentials are not accepted; check AWS_PROFILE and the region");
  if (denied.test(name)) return because(`it is not allowed; grant ${action} (docs/inventory.md)`);
  if (/region is missing/i.test(message)) return because("no region is set; give --region or set AWS_REGION");
  if (silent.test(code) || silent.test(name)) {
    return because("no answer; check the network, --region and --endpoint-url");
  }
  return error;
}
