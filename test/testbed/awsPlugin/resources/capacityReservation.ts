import { randomUUID } from "node:crypto";
import {
  CancelCapacityReservationCommand,
  type CapacityReservation,
  CreateCapacityReservationCommand,
  type CreateCapacityReservationRequest,
  CreateTagsCommand,
  DescribeCapacityReservationsCommand,
  type EndDateType,
  ModifyCapacityReservationCommand,
} from "@aws-sdk/client-ec2";
import type { AwsResource, Props } from "../resource.js";

interface Inputs {
  readonly availabilityZone: string;
  readonly instanceType: string;
  readonly instancePlatform: CreateCapacityReservationRequest["InstancePlatform"];
  readonly instanceCount: number;
  readonly instanceMatchCriteria?: CreateCapacityReservationRequest["InstanceMatchCriteria"];
  readonly endDateType?: EndDateType;
  readonly endDate?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Reserved places for EC2 instances; the requests are held against botocore's service model (`../../motoServer.py`). */
export const capacityReservation: AwsResource = {
  type: "aws:ec2/capacityReservation:CapacityReservation",
  properties: {
    availabilityZone: { kind: "string", required: true, replaces: true },
    instanceType: { kind: "string", required: true, replaces: true },
    instancePlatform: { kind: "string", required: true, replaces: true },
    instanceCount: { kind: "number", required: true },
    instanceMatchCriteria: { kind: "string", replaces: true, chosenByAws: true },
    endDateType: { kind: "string", chosenByAws: true },
    endDate: { kind: "string" },
    tags: { kind: { mapOf: "string" } },
  },
  outputs: ["arn", "ownerId"],
  async create(props, { ec2 }) {
    const inputs = props as unknown as Inputs;
    const { CapacityReservation: made } = await ec2.send(
      new CreateCapacityReservationCommand({
        ClientToken: randomUUID(),
        AvailabilityZone: inputs.availabilityZone,
        InstanceType: inputs.instanceType,
        InstancePlatform: inputs.instancePlatform,
        InstanceCount: inputs.instanceCount,
        InstanceMatchCriteria: inputs.instanceMatchCriteria,
        EndDateType: inputs.endDateType,
        EndDate: inputs.endDate === undefined ? undefined : new Date(inputs.endDate),
        TagSpecifications: inputs.tags && [{ ResourceType: "capacity-reservation", Tags: tagsOf(inputs) }],
      }),
    );
    return { id: made?.CapacityReservationId ?? "", outs: shown(made) };
  },
  async read(id, _props, { ec2 }) {
    const { CapacityReservations: all } = await ec2.send(new DescribeCapacityReservationsCommand({}));
    const found = all?.find((r) => r.CapacityReservationId === id && r.State === "active");
    return found === undefined ? null : shown(found);
  },
  async update(id, props, changed, _olds, { ec2 }) {
    const inputs = props as unknown as Inputs;
    await ec2.send(
      new ModifyCapacityReservationCommand({
        CapacityReservationId: id,
        InstanceCount: inputs.instanceCount,
        EndDateType: inputs.endDateType,
        EndDate: inputs.endDate === undefined ? undefined : new Date(inputs.endDate),
      }),
    );
    if (changed.includes("tags")) await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tagsOf(inputs) }));
    return {};
  },
  async delete(id, _props, { ec2 }) {
    await ec2.send(new CancelCapacityReservationCommand({ CapacityReservationId: id }));
  },
};

function tagsOf({ tags = {} }: Inputs) {
  return Object.entries(tags).map(([key, value]) => ({ Key: key, Value: value }));
}

function shown(found: CapacityReservation | undefined): Props {
  return {
    ownerId: found?.OwnerId,
    instanceCount: found?.TotalInstanceCount,
    instanceMatchCriteria: found?.InstanceMatchCriteria,
    endDateType: found?.EndDateType,
  };
}
