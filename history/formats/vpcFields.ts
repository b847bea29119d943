import { InputError, type Problem, show } from "../../input/problems.js";

/** Fields of version 2 in the order of the default format, which has no header of its own. */
export const defaultFields =
  "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/** Every field name there is, up to version 10. https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html */
export const knownFields: ReadonlySet<string> = new Set(
  `${defaultFields}
  vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr
  region az-id sublocation-type sublocation-id
  pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path
  ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id
  ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id
  reject-reason resource-id encryption-status`.split(/\s+/),
);

/** What a custom format must have for a flow to be read from it. */
const requiredFields = ["srcaddr", "dstaddr", "srcport", "dstport", "start", "end"] as const;

/** IANA numbers of the protocols that have ports: TCP, UDP, DCCP, SCTP, UDP-Lite. */
export const protocolsWithPorts: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

/** Why a record of such a protocol is skipped. */
export const portless = (protocol: number | string): string =>
  `protocol ${protocol} has no ports, so no one opens a connection`;

/** Why a record of such a status is skipped. */
export const withoutData = (status: string): string => `log-status ${status}`;

/** Who saw a record that does not say. */
export const anyObserver = "vpc-flow-logs";

/** No aggregation interval is longer than ten minutes; a row of more than a day is a broken time. */
export const longestRow = 86_400;

/** @throws InputError naming every field that is unknown, named twice or missing */
export function checkHeader(fields: readonly string[], source: string): void {
  const problems: Problem[] = [];
  const place = `${source}:1`;
  for (const [i, field] of fields.entries()) {
    if (!knownFields.has(field)) {
      problems.push({ place, message: `${show(field)} is not a field of VPC flow logs; correct its name` });
    } else if (fields.indexOf(field) !== i) {
      problems.push({ place, message: `field ${show(field)} is named twice; name it once` });
    }
  }
  for (const field of requiredFields) {
    if (fields.includes(field) || (field.endsWith("addr") && fields.includes(`pkt-${field}`))) continue;
    problems.push({ place, message: `field "${field}" is missing; add it to the flow log's format` });
  }
  if (problems.length > 0) throw new InputError(source, problems);
}
