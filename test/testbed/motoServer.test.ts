import {
  CancelCapacityReservationCommand,
  type CapacityReservationInstancePlatform,
  CreateCapacityReservationCommand,
  type CreateCapacityReservationRequest,
  DescribeCapacityReservationsCommand,
  EC2Client,
  ModifyCapacityReservationCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWithMoto } from "./moto.js";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

await describeWithMoto("EC2 capacity reservations, which moto lacks", (moto) => {
  let ec2: EC2Client;
  beforeAll(() => {
    ec2 = new EC2Client({ endpoint: moto().endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  });
  afterAll(() => ec2.destroy());

  const wanted: CreateCapacityReservationRequest = {
    InstanceType: "m5.large",
    InstancePlatform: "Linux/UNIX",
    AvailabilityZone: "us-east-1a",
    InstanceCount: 2,
    ClientToken: "once",
    TagSpecifications: [{ ResourceType: "capacity-reservation", Tags: [{ Key: "Name", Value: "spare" }] }],
  };
  const listed = async () =>
    (await ec2.send(new DescribeCapacityReservationsCommand({}))).CapacityReservations?.map(
      (r) => `${r.InstanceType} ${r.AvailabilityZone} ${r.TotalInstanceCount} ${r.State} ${r.Tags?.[0]?.Value}`,
    );

  it("are made once a token, changed, cancelled and listed", async () => {
    const { CapacityReservation: made } = await ec2.send(new CreateCapacityReservationCommand(wanted));
    const again = await ec2.send(new CreateCapacityReservationCommand(wanted));
    const id = made?.CapacityReservationId;
    expect(again.CapacityReservation?.CapacityReservationId).toBe(id);
    await ec2.send(new ModifyCapacityReservationCommand({ CapacityReservationId: id, InstanceCount: 3 }));
    expect(await listed()).toEqual(["m5.large us-east-1a 3 active spare"]);
    await ec2.send(new CancelCapacityReservationCommand({ CapacityReservationId: id }));
    expect(await listed()).toEqual(["m5.large us-east-1a 3 cancelled spare"]);
  });

  describe("are held against the service model that botocore ships", () => {
    const missing = { ...wanted, InstancePlatform: undefined, InstanceCount: undefined };
    const platform = "Linux" as CapacityReservationInstancePlatform;
    it.each([
      ["a required member", missing, /"InstancePlatform".*"InstanceCount"/],
      ["a value of an enumeration", { ...wanted, InstancePlatform: platform }, /Linux is none of Linux\/UNIX/],
    ])("%s", async (_, request, message) => {
      await expect(ec2.send(new CreateCapacityReservationCommand(request))).rejects.toThrow(message);
    });

    it("a parameter's name", async () => {
      const answer = await fetch(moto().endpoint, {
        method: "POST",
        headers: { authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ec2/aws4_request" },
        body: new URLSearchParams({ Action: "ModifyCapacityReservation", CapacityReservationId: "cr-1", Count: "2" }),
      });
      expect(await answer.text()).toContain("Count: no parameter of ModifyCapacityReservation");
    });
  });
});
