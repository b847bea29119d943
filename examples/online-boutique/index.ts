import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { applyDecision } from "firebreak";
import { Microservice } from "./microservice.js";
import { services } from "./services.js";

applyDecision();

const config = new pulumi.Config();
const namespaceName = config.get("namespace") ?? "boutique";
const render = config.get("render");

// With `render` set, manifests are written to that folder and no cluster is asked.
const opts = render === undefined ? {} : { provider: new k8s.Provider("render", { renderYamlToDirectory: render }) };

const namespace = new k8s.core.v1.Namespace(namespaceName, { metadata: { name: namespaceName } }, opts);

const inside = opts.provider === undefined ? {} : { providers: [opts.provider] };
const deployed = services.map((spec) => {
  const { deployment } = new Microservice(spec.name, { namespace: namespace.metadata.name, spec }, inside);
  return [spec.name, deployment.spec.replicas] as const;
});

/** Replicas of each service as deployed: those of the table, or more where the decision says so. */
export const replicas = Object.fromEntries(deployed);
