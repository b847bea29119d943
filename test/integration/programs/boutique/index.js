// The ten services of Online Boutique that the Nezha traces show, one replica each, as they ran there.
import * as k8s from "@pulumi/kubernetes";
import { applyDecision } from "firebreak";

applyDecision();
const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: process.env.APP_NAMESPACE } });
const services =
  "adservice cartservice checkoutservice currencyservice emailservice frontend paymentservice productcatalogservice recommendationservice shippingservice";

for (const name of services.split(" ")) {
  const labels = { app: name };
  new k8s.apps.v1.Deployment(name, {
    metadata: { namespace: namespace.metadata.name, name },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "app", image: `${name}:1` }] } },
    },
  });
}
