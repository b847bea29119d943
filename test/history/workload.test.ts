import { expect, it } from "vitest";
import { workloadOf } from "../../history/workload.js";

it.each([
  ["a Deployment", "ts-order-service-5d4b7c9f6-x2vlq", "ts-order-service"],
  ["a Deployment whose hash is short", "cart-7f8d7-k7b9j", "cart"],
  ["a StatefulSet", "kafka-12", "kafka"],
  ["a DaemonSet", "fluent-bit-x2vlq", "fluent-bit"],
  ["a CronJob", "backup-28391234-x2vlq", "backup"],
  ["no one but itself", "frontend", "frontend"],
  ["no one but itself, though its name ends in a word of five letters", "image-proxy", "image-proxy"],
  ["no one but itself, though its name has a version", "reviews-v2", "reviews-v2"],
  ["no one but itself, where nothing else is left", "-0", "-0"],
])("a pod is of %s", (_, pod, workload) => {
  expect(workloadOf(pod)).toBe(workload);
});
