import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type RRType,
} from "@aws-sdk/client-route-53";
import type { Clients } from "../clients.js";
import type { AwsResource, Props } from "../resource.js";

interface Inputs {
  readonly zoneId: string;
  readonly name: string;
  readonly type: RRType;
  readonly ttl?: number;
  readonly records?: string[];
  readonly setIdentifier?: string;
  readonly weightedRoutingPolicies?: readonly { readonly weight: number }[];
}

/** A record of Route 53, by itself or weighted. */
export const record: AwsResource = {
  type: "aws:route53/record:Record",
  properties: {
    zoneId: { kind: "string", required: true, replaces: true },
    name: { kind: "string", required: true, replaces: true },
    type: { kind: "string", required: true, replaces: true },
    ttl: { kind: "number" },
    records: { kind: { list: "string" } },
    setIdentifier: { kind: "string", replaces: true },
    weightedRoutingPolicies: { kind: { list: { object: { weight: { kind: "number", required: true } } } } },
  },
  outputs: ["fqdn"],
  async create(props, clients) {
    const inputs = props as unknown as Inputs;
    await change(clients, "CREATE", inputs);
    const { zoneId, name, type, setIdentifier } = inputs;
    return { id: [zoneId, name, type, setIdentifier].filter(Boolean).join("_"), outs: { fqdn: name } };
  },
  async read(_id, props, clients) {
    const inputs = props as unknown as Inputs;
    const found = await find(clients, inputs);
    return found === undefined ? null : shown(found);
  },
  async update(_id, props, _changed, _olds, clients) {
    await change(clients, "UPSERT", props as unknown as Inputs);
    return {};
  },
  async delete(_id, props, clients) {
    await change(clients, "DELETE", props as unknown as Inputs);
  },
};

async function change({ route53 }: Clients, action: "CREATE" | "UPSERT" | "DELETE", inputs: Inputs): Promise<void> {
  const set: ResourceRecordSet = {
    Name: inputs.name,
    Type: inputs.type,
    TTL: inputs.ttl,
    ResourceRecords: inputs.records?.map((value) => ({ Value: value })),
    SetIdentifier: inputs.setIdentifier,
    Weight: inputs.weightedRoutingPolicies?.[0]?.weight,
  };
  await route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: inputs.zoneId,
      ChangeBatch: { Changes: [{ Action: action, ResourceRecordSet: set }] },
    }),
  );
}

async function find({ route53 }: Clients, { zoneId, name, type, setIdentifier }: Inputs) {
  const { ResourceRecordSets: sets } = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }));
  const dotted = name.endsWith(".") ? name : `${name}.`;
  return sets?.find((s) => s.Name === dotted && s.Type === type && s.SetIdentifier === setIdentifier);
}

function shown(found: ResourceRecordSet): Props {
  return {
    ttl: found.TTL,
    records: found.ResourceRecords?.map((r) => r.Value),
    ...(found.Weight === undefined ? {} : { weightedRoutingPolicies: [{ weight: found.Weight }] }),
  };
}
