import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firebreak } from "./terminal.js";

let cwd: string;
const address = (n: number) => `10.0.0.${n}`;
const flow = (fields: Partial<Record<string, string>> = {}) => {
  const base = {
    version: "2",
    account: "123456789012",
    eni: "eni-1",
    src: address(1),
    dst: address(2),
    srcport: "40000",
    dstport: "443",
    protocol: "6",
    packets: "10",
    bytes: "840",
    start: "1764061200",
    end: "1764061260",
    action: "ACCEPT",
    status: "OK",
  };
  return Object.values({ ...base, ...fields }).join(" ");
};

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "firebreak-malformed-"));
  writeFileSync(
    join(cwd, "good.log"),
    `${Array.from({ length: 20 }, (_, i) => flow({ srcport: `${40000 + i}` })).join("\n")}\n`,
  );
  expect((await firebreak(["ingest", "good.log", "--into", "history"], { cwd })).code).toBe(0);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** Every byte below a folder, as one hash. */
function contentOf(folder: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    hash.update(`${name}\n`);
    if (statSync(join(folder, name)).isFile()) hash.update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}

async function refuses(args: string[], message: string | RegExp, stdin?: string): Promise<void> {
  const before = contentOf(join(cwd, "history"));
  const { code, out, err } = await firebreak(args, { cwd, stdin });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(message);
  expect(err).not.toMatch(/\n\s+at /);
  expect(contentOf(join(cwd, "history"))).toBe(before);
}

const node = { id: "a-0", service: "a" };
const topology = (over: object) =>
  JSON.stringify({ directed: true, graph: {}, services: [{ id: "a" }], nodes: [node], links: [], ...over });
const pair = {
  services: [{ id: "a" }, { id: "b" }],
  nodes: [node, { id: "b-0", service: "b" }, { id: "b-1", service: "b" }],
};
const link = { source: "a-0", target: "b-0", share: 1, coupling: 0.5 };

describe("a malformed topology", () => {
  it.each<[string, string, string | RegExp]>([
    ["broken JSON", "{", /line 1, column \d+/],
    ["an array", "[]", "expected"],
    ["nothing", "", /JSON/],
    ["directed false", topology({ directed: false }), "directed: false"],
    ["an unknown field", topology({ colour: "red" }), "colour: is not a known field"],
    [
      "an unknown field of a node",
      topology({ nodes: [{ ...node, prio: 0.1 }] }),
      "nodes[0].prio: is not a known field",
    ],
    ["a node without id", topology({ nodes: [{ service: "a" }] }), "nodes[0].id"],
    ["two nodes of one id", topology({ nodes: [node, node] }), /nodes\[1\]\.id.*a-0/],
    ["a prior above 1", topology({ nodes: [{ ...node, prior: 1.5 }] }), "nodes[0].prior: 1.5"],
    ["a negative prior", topology({ nodes: [{ ...node, prior: -0.1 }] }), "nodes[0].prior: -0.1"],
    ["a prior that is text", topology({ nodes: [{ ...node, prior: "low" }] }), 'nodes[0].prior: "low"'],
    [
      "an infinite capacity",
      topology({}).replace('"service":"a"}', '"service":"a","capacity":1e999}'),
      "nodes[0].capacity: Infinity",
    ],
    ["a service with no replica", topology({ services: [{ id: "a" }, { id: "b" }] }), /services\[1\].*no replica/],
    ["load without capacity", topology({ services: [{ id: "a", load: 5 }] }), /services\[0\]\.load/],
    ["a negative load", topology({ services: [{ id: "a", load: -5 }] }), "services[0].load: -5"],
    ["a collapse above 1", topology({ services: [{ id: "a", collapse: 2 }] }), "services[0].collapse: 2"],
    ["a dangling source", topology({ ...pair, links: [{ ...link, source: "x" }] }), /links\[0\]\.source.*x/],
    ["a dangling target", topology({ ...pair, links: [{ ...link, target: "y" }] }), /links\[0\]\.target.*y/],
    [
      "shares that sum to 0.9",
      topology({ ...pair, links: [{ ...link, share: 0.9 }] }),
      "links[0].share: shares of a-0 into b sum to 0.9, expected 1",
    ],
    [
      "two couplings into one service",
      topology({
        ...pair,
        links: [
          { ...link, share: 0.5 },
          { ...link, target: "b-1", share: 0.5, coupling: 0.6 },
        ],
      }),
      /links\[1\]\.coupling/,
    ],
    ["a link to itself", topology({ ...pair, links: [{ ...link, target: "a-0" }] }), /links\[0\]/],
    ["a domain of no kind", topology({ domains: [{ kind: "rack", id: "r1" }] }), 'domains[0].kind: "rack"'],
    ["a utilisation limit of 0", topology({ graph: { utilisationLimit: 0 } }), "graph.utilisationLimit: 0"],
  ])("%s exits 2 and says where", async (_title, content, message) => {
    await refuses(
      ["simulate", "--topology", "-", "--json"],
      typeof message === "string" ? new RegExp(literally(message)) : message,
      content,
    );
  });
});

const instance = { id: "a-0", service: "a", addresses: [address(1)] };

describe("a malformed inventory", () => {
  it.each<[string, unknown, string]>([
    ["broken YAML", "instances: [", "line "],
    ["an unknown field", { instances: [{ ...instance, cpus: 2 }] }, "instances[0].cpus: is not a known field"],
    ["an instance without service", { instances: [{ id: "a-0" }] }, "instances[0].service"],
    ["two instances of one id", { instances: [instance, { ...instance, addresses: [] }] }, "instances[1].id"],
    ["one address held twice", { instances: [instance, { ...instance, id: "a-1" }] }, "instances[1].addresses[0]"],
    ["a negative memory", { instances: [{ ...instance, memory: -1 }] }, "instances[0].memory: -1"],
    ["cpu as text", { instances: [{ ...instance, cpu: "500m" }] }, 'instances[0].cpu: "500m"'],
    ["a prior above 1", { instances: [{ ...instance, prior: 2 }] }, "instances[0].prior: 2"],
    ["a domain of no kind", { instances: [instance], domains: [{ kind: "rack", id: "r" }] }, 'domains[0].kind: "rack"'],
    ["a service given twice", { instances: [instance], services: [{ id: "a" }, { id: "a" }] }, "services[1].id"],
  ])("%s exits 2 and says where", async (_title, content, message) => {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    writeFileSync(join(cwd, "inventory.yaml"), text);
    await refuses(
      ["graph", "--history", "history", "--inventory", "inventory.yaml", "--json"],
      new RegExp(literally(message)),
    );
  });
});

describe("a malformed flow log", () => {
  it.each<[string, string, string | RegExp]>([
    ["no known format", "hello world\nfoo bar\n", /format/],
    [
      "a header with a field that does not exist",
      `srcaddr dstaddr srcport dstport protocol bytes start end action colour\n${flow()}\n`,
      /colour/,
    ],
    ["a port above 65535", `${flow({ dstport: "70000" })}\n`, /flows\.log:1: dstport.*70000/],
    ["an address that is none", `${flow({ src: "10.0.0.999" })}\n`, /10\.0\.0\.999/],
    ["an end before its start", `${flow({ end: "1764061100" })}\n`, /1764061100/],
    ["bytes below zero", `${flow({ bytes: "-5" })}\n`, /-5/],
    ["a protocol above 255", `${flow({ protocol: "300" })}\n`, /300/],
    ["an action that is none", `${flow({ action: "MAYBE" })}\n`, /MAYBE/],
    ["a status that is none", `${flow({ status: "FINE" })}\n`, /FINE/],
    [
      "more than a tenth broken",
      `${Array.from({ length: 9 }, (_, i) => flow({ srcport: `${41000 + i}` })).join("\n")}\n${flow({ bytes: "x" })}\n${flow({ bytes: "y" })}\n`,
      /2 of 11/,
    ],
  ])("%s exits 2, says where, and stores nothing", async (_title, content, message) => {
    mkdirSync(join(cwd, "in"), { recursive: true });
    writeFileSync(join(cwd, "in", "flows.log"), content);
    await refuses(["ingest", join("in", "flows.log"), "--into", "history"], message);
  });

  it("a file that is not there exits 2 and names it", async () => {
    await refuses(["ingest", "nowhere.log", "--into", "history"], /nowhere\.log/);
  });
});

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
