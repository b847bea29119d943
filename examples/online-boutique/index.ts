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

for (const spec of services) {
  const providers = opts.provider === undefined ? {} : { providers: [opts.provider] };
  new Microservice(spec.name, { namespace: namespace.metadata.name, spec }, providers);
}

/** Replicas as the table writes them; a decision may deploy more. */
export const writtenReplicas = Object.fromEntries(services.map((spec) => [spec.name, spec.replicas]));
