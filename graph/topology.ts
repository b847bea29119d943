import { z } from "zod";
import { throwProblems } from "../input/problems.js";
import { readAs } from "../input/schema.js";
import { amount, id, instanceId, probability } from "./fields.js";
import { sortBy } from "./order.js";
import { findTopologyProblems } from "./topologyProblems.js";
import type { Domain, Instance, Link, Service, Topology } from "./types.js";

const utilisationLimit = z.number("expected a number above 0").gt(0, "expected a number above 0");

const service = z.strictObject(
  {
    id,
    load: amount("a number in the service's unit").optional(),
    reserved: amount("a number in the service's unit").default(0),
    collapse: probability.default(1),
  },
  "expected a service such as { id, load }",
);

const domain = z.strictObject(
  { kind: z.enum(["host", "zone"], "expected host or zone"), id, prior: probability.default(0) },
  "expected a host or zone such as { kind, id, prior }",
);

const node = z.strictObject(
  {
    id: instanceId,
    service: id,
    tier: id.optional(),
    criticality: amount("a weight").default(1),
    host: id.optional(),
    zone: id.optional(),
    capacity: amount("a number in the service's unit").optional(),
    prior: probability.default(0),
  },
  "expected an instance such as { id, service }",
);

const link = z.strictObject(
  { source: id, target: id, share: probability, coupling: probability, failover: probability.default(0) },
  "expected a link such as { source, target, share, coupling }",
);

const schema = z.strictObject(
  {
    directed: z.literal(true, "expected true: a link goes from the client to the server it depends on"),
    graph: z
      .strictObject(
        { utilisationLimit: utilisationLimit.default(1) },
        "expected an object such as { utilisationLimit }",
      )
      .prefault({}),
    services: z.array(service, "expected a list of services").optional(),
    domains: z.array(domain, "expected a list of hosts and zones").default([]),
    nodes: z.array(node, "expected a list of instances, [] for none"),
    links: z.array(link, "expected a list of links, [] for none"),
  },
  "expected a topology: an object with directed, nodes and links",
);

/**
 * Reads a topology (`docs/topology.md`) and fills every default in. Where `services` is left out, each that
 * the nodes name is declared with the defaults; where it is given, it has to list them all. The result is sorted, so that equal topologies are equal to the byte, whatever the order of their file.
 * @param value parsed JSON
 * @param source what was read, for the message
 * @throws InputError with every problem found: structure first, then meaning
 */
export function readTopology(value: unknown, source = "topology"): Topology {
  const { services, ...written } = readAs(schema, value, source);
  const named = new Set(written.nodes.map((n) => n.service));
  const declared = [...named].map((id) => ({ id, reserved: 0, collapse: 1 }));
  const topology = { ...written, services: services ?? declared };
  throwProblems(source, findTopologyProblems(topology));
  return writeTopology(topology);
}

/**
 * The topology as plain JSON data, sorted by id, fields in the order of the documentation, every default written out.
 * `readTopology(writeTopology(t))` equals `t`.
 */
export function writeTopology(topology: Topology): Topology {
  return {
    directed: true,
    graph: { utilisationLimit: topology.graph.utilisationLimit },
    services: sortBy(topology.services, (s) => s.id).map(writeService),
    domains: sortBy(
      topology.domains,
      (d) => d.kind,
      (d) => d.id,
    ).map(writeDomain),
    nodes: sortBy(topology.nodes, (n) => n.id).map(writeNode),
    links: sortBy(
      topology.links,
      (l) => l.source,
      (l) => l.target,
    ).map(writeLink),
  };
}

function writeService({ id, load, reserved, collapse }: Service): Service {
  return { id, ...(load !== undefined && { load }), reserved, collapse };
}

function writeDomain({ kind, id, prior }: Domain): Domain {
  return { kind, id, prior };
}

function writeNode({ id, service, tier, criticality, host, zone, capacity, prior }: Instance): Instance {
  return {
    id,
    service,
    ...(tier !== undefined && { tier }),
    criticality,
    ...(host !== undefined && { host }),
    ...(zone !== undefined && { zone }),
    ...(capacity !== undefined && { capacity }),
    prior,
  };
}

function writeLink({ source, target, share, coupling, failover }: Link): Link {
  return { source, target, share, coupling, failover };
}
