import { InputError } from "../../input/problems.js";

/** What can be mended by the one who runs this, by the error's name: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const remedies: Readonly<Record<string, string>> = {
  NoSuchBucket: "there is no such bucket; create it, or correct the name",
  AccessDenied: "access is denied; allow what docs/history.md lists under IAM",
  Forbidden: "access is denied; allow what docs/history.md lists under IAM",
  InvalidAccessKeyId: "the access key is not known; check the AWS credentials",
  SignatureDoesNotMatch: "the secret key is not the access key's; check the AWS credentials",
  ExpiredToken: "the credentials have expired; sign in again",
  CredentialsProviderError:
    "no AWS credentials were found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  PermanentRedirect: "the bucket is in another region; set AWS_REGION to it",
  AuthorizationHeaderMalformed: "the bucket is in another region; set AWS_REGION to it",
  NotImplemented: "this server has no conditional writes (If-None-Match), which the history needs; use one that has",
};

const unreachable = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|TimeoutError/;

/** An error of the SDK as one that names place and remedy, where there is one; else as it is. */
export function placeProblem(place: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof InputError) return error;
  const { code = "" } = error as NodeJS.ErrnoException;
  let remedy = remedies[error.name];
  if (/^Region is missing/.test(error.message)) remedy = "no AWS region is set; set AWS_REGION";
  if (unreachable.test(`${code} ${error.name}`))
    remedy = "cannot be reached; check the network and AWS_ENDPOINT_URL_S3";
  if (remedy === undefined) return error;
  return new InputError(place, [{ place: "history", message: `${remedy} (${error.message.trim() || error.name})` }]);
}

export const isNamed = (error: unknown, ...names: string[]): boolean =>
  error instanceof Error && names.includes(error.name);

/** The HTTP status that S3 answered with; undefined where no answer came. */
export const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
