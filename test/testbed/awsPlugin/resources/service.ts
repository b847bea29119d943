import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  type Service,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { AwsResource, Props } from "../resource.js";

interface Inputs {
  readonly name?: string;
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly desiredCount?: number;
  readonly launchType?: "EC2" | "FARGATE";
  readonly tags?: Readonly<Record<string, string>>;
}

/** A service of ECS on a cluster and with a task definition that are there. */
export const service: AwsResource = {
  type: "aws:ecs/service:Service",
  properties: {
    name: { kind: "string", replaces: true, chosenByAws: true },
    cluster: { kind: "string", replaces: true },
    taskDefinition: { kind: "string" },
    desiredCount: { kind: "number", chosenByAws: true },
    launchType: { kind: "string", replaces: true, chosenByAws: true },
    tags: { kind: { mapOf: "string" }, replaces: true },
  },
  outputs: ["arn"],
  async create(props, { ecs }, resourceName) {
    const inputs = props as unknown as Inputs;
    const { service: made } = await ecs.send(
      new CreateServiceCommand({
        cluster: inputs.cluster,
        serviceName: inputs.name ?? resourceName,
        taskDefinition: inputs.taskDefinition,
        desiredCount: inputs.desiredCount ?? 0,
        launchType: inputs.launchType,
        tags: Object.entries(inputs.tags ?? {}).map(([key, value]) => ({ key, value })),
      }),
    );
    return { id: made?.serviceArn ?? "", outs: shown(made) };
  },
  async read(id, props, { ecs }) {
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: String(props.cluster), services: [id] }),
    );
    const found = services?.find((s) => s.status === "ACTIVE");
    return found === undefined ? null : shown(found);
  },
  async update(id, props, _changed, _olds, { ecs }) {
    const inputs = props as unknown as Inputs;
    const { service: changed } = await ecs.send(
      new UpdateServiceCommand({
        cluster: inputs.cluster,
        service: id,
        taskDefinition: inputs.taskDefinition,
        desiredCount: inputs.desiredCount,
      }),
    );
    return shown(changed);
  },
  async delete(id, props, { ecs }) {
    await ecs.send(new DeleteServiceCommand({ cluster: String(props.cluster), service: id, force: true }));
  },
};

function shown(found: Service | undefined): Props {
  return { arn: found?.serviceArn, name: found?.serviceName, desiredCount: found?.desiredCount };
}
