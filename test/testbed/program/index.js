// What Firebreak stands on, in its smallest form: a dynamic resource, a transform with a hook, a Deployment.
import { appendFile } from "node:fs/promises";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const namespace = config.require("namespace");

const journal = new pulumi.ResourceHook("journal", async ({ name }) => {
  await appendFile("journal", `${name}\n`);
});
pulumi.runtime.registerResourceTransform(({ type, props, opts }) => {
  if (type !== "kubernetes:apps/v1:Deployment") return undefined;
  return {
    props: { ...props, spec: { ...props.spec, replicas: 3 } },
    opts: pulumi.mergeOptions(opts, { hooks: { beforeCreate: [journal] } }),
  };
});

const provider = {
  async create(inputs) {
    return { id: "score", outs: inputs };
  },
  async diff(_id, olds, news) {
    return { changes: olds.score !== news.score };
  },
  async update(_id, _olds, news) {
    return { outs: news };
  },
};
class Score extends pulumi.dynamic.Resource {
  constructor(name, inputs) {
    super(provider, name, inputs);
  }
}
export const score = new Score("score", { score: 0.25 }).score;

const labels = { app: "web" };
const home = new kubernetes.core.v1.Namespace("home", { metadata: { name: namespace } });
new kubernetes.apps.v1.Deployment("web", {
  metadata: { namespace: home.metadata.name, name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "example" }] } },
  },
});
