import { describe, expect, it } from "vitest";
import { appliedBy } from "../../provider/ownedFields.js";

/** As the API server shows a Deployment that Pulumi applied and kubectl scaled through another field. */
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "web",
    namespace: "shop",
    uid: "u",
    labels: { app: "web", other: "x" },
    managedFields: [
      {
        manager: "pulumi-kubernetes-1",
        operation: "Apply",
        fieldsV1: {
          "f:metadata": { "f:labels": { "f:app": {} } },
          "f:spec": {
            "f:replicas": {},
            "f:selector": {},
            "f:template": {
              "f:spec": {
                "f:containers": {
                  'k:{"name":"app"}': {
                    ".": {},
                    "f:image": {},
                    "f:name": {},
                    "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
                    "f:args": {},
                  },
                },
              },
              "f:metadata": { "f:finalizers": { 'v:"a/b"': {} } },
            },
          },
        },
      },
      { manager: "kubelet", operation: "Update", subresource: "status", fieldsV1: { "f:status": {} } },
    ],
  },
  spec: {
    replicas: 5,
    selector: { matchLabels: { app: "web" } },
    strategy: { type: "RollingUpdate" },
    template: {
      metadata: { finalizers: ["a/b", "c/d"] },
      spec: {
        containers: [
          {
            name: "app",
            image: "app:1",
            args: ["--x"],
            imagePullPolicy: "IfNotPresent",
            ports: [{ containerPort: 80, protocol: "TCP" }],
          },
          { name: "sidecar", image: "mesh:1" },
        ],
      },
    },
  },
  status: { replicas: 5 },
};

describe("what a manager applied", () => {
  it("is exactly the fields that it owns, with the keys of list items and the object's name", () => {
    expect(appliedBy(deployment, "pulumi-kubernetes-1")).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "shop", labels: { app: "web" } },
      spec: {
        replicas: 5,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { finalizers: ["a/b"] },
          spec: {
            containers: [
              { name: "app", image: "app:1", args: ["--x"], ports: [{ containerPort: 80, protocol: "TCP" }] },
            ],
          },
        },
      },
    });
  });

  it("is nothing for a manager that only updates, or is not there", () => {
    expect(appliedBy(deployment, "kubelet")).toBeUndefined();
    expect(appliedBy(deployment, "helm")).toBeUndefined();
  });
});
