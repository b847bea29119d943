import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readQuantity } from "../../provider/quantity.js";
import { findShortage, type ResourceQuota } from "../../provider/quota.js";
import type { PodSpec } from "../../provider/workload.js";

describe("Kubernetes quantities", () => {
  it.each([
    ["100m", 0.1],
    ["1", 1],
    [2, 2],
    ["1.5", 1.5],
    [".5", 0.5],
    ["2k", 2000],
    ["64Mi", 67_108_864],
    ["1.5Gi", 1_610_612_736],
    ["1e3", 1000],
    ["2E", 2e18],
    ["1Ei", 2 ** 60],
    ["250u", 0.00025],
    [undefined, 0],
  ])("%s is %s", (quantity, value) => {
    expect(readQuantity(quantity)).toBeCloseTo(value, 12);
  });

  it.each(["", "m", "1Kib", "one", "1 Gi"])("%j is none", (text) => {
    expect(readQuantity(text)).toBeNaN();
  });
});

const pod = (cpu: string, memory = "64Mi"): PodSpec => ({ containers: [{ resources: { requests: { cpu, memory } } }] });
const quota = (
  hard: Record<string, string>,
  used: Record<string, string>,
  spec: ResourceQuota["spec"] = {},
): ResourceQuota => ({
  metadata: { name: "q" },
  spec,
  status: { hard, used },
});

describe("room in a namespace's quotas", () => {
  it.each<[string, ResourceQuota, { count: number; pod: PodSpec }[], RegExp | null]>([
    [
      "enough, to the last piece",
      quota({ "requests.cpu": "1" }, { "requests.cpu": "700m" }),
      [{ count: 3, pod: pod("100m") }],
      null,
    ],
    [
      "one pod too many",
      quota({ pods: "10" }, { pods: "8" }),
      [{ count: 3, pod: pod("1") }],
      /^ResourceQuota q has no room: pods 10, used 8, needed 3 more$/,
    ],
    [
      "changes together",
      quota({ pods: "10" }, { pods: "8" }),
      [
        { count: 2, pod: pod("1") },
        { count: 1, pod: pod("1") },
      ],
      /needed 3 more/,
    ],
    ["fewer pods", quota({ pods: "10" }, { pods: "12" }), [{ count: -1, pod: pod("1") }], null],
    ["cpu without prefix", quota({ cpu: "1" }, { cpu: "1" }), [{ count: 1, pod: pod("1") }], /cpu 1/],
    [
      "memory",
      quota({ "requests.memory": "1Gi" }, { "requests.memory": "1000Mi" }),
      [{ count: 1, pod: pod("1") }],
      /requests.memory 1Gi/,
    ],
    [
      "resources that pods do not take",
      quota({ "count/secrets": "1", "requests.storage": "0" }, {}),
      [{ count: 9, pod: pod("1") }],
      null,
    ],
    ["limits of a pod without limits", quota({ "limits.cpu": "0" }, {}), [{ count: 9, pod: pod("1") }], null],
    [
      "limits stand in for requests",
      quota({ "requests.cpu": "1" }, {}),
      [{ count: 1, pod: { containers: [{ resources: { limits: { cpu: "2" } } }] } }],
      /requests.cpu/,
    ],
    [
      "the largest init container",
      quota({ "requests.cpu": "1" }, {}),
      [{ count: 1, pod: { ...pod("100m"), initContainers: [{ resources: { requests: { cpu: "2" } } }] } }],
      /needed 2 more/,
    ],
    [
      "a sidecar adds up",
      quota({ "requests.cpu": "1" }, {}),
      [
        {
          count: 1,
          pod: {
            ...pod("600m"),
            initContainers: [{ restartPolicy: "Always", resources: { requests: { cpu: "500m" } } }],
          },
        },
      ],
      /requests.cpu/,
    ],
    [
      "a scope that the pod is out of",
      quota({ pods: "0" }, {}, { scopes: ["BestEffort"] }),
      [{ count: 1, pod: pod("1") }],
      null,
    ],
    [
      "a scope that the pod is in",
      quota({ pods: "0" }, {}, { scopes: ["NotBestEffort", "NotTerminating"] }),
      [{ count: 1, pod: pod("1") }],
      /pods/,
    ],
  ])("%s", (_, given, added, expected) => {
    const shortage = findShortage([given], added);
    if (expected === null) expect(shortage).toBeNull();
    else expect(shortage).toMatch(expected);
  });

  it("is short exactly where used and added exceed the limit", () => {
    const amount = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(
        amount,
        amount,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 500 }),
        (hard, used, count, each) => {
          const given = quota({ "requests.cpu": `${hard}m` }, { "requests.cpu": `${used}m` });
          expect(findShortage([given], [{ count, pod: pod(`${each}m`) }]) !== null).toBe(used + count * each > hard);
        },
      ),
    );
  });
});
