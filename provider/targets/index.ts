import type { ChangeKind } from "../../planner/types.js";
import { appAutoscalingTarget } from "./appAutoscalingTarget.js";
import { autoScalingGroup } from "./autoScalingGroup.js";
import { capacityReservation } from "./capacityReservation.js";
import { deployment } from "./deployment.js";
import { dnsEndpoint } from "./dnsEndpoint.js";
import { ecsService } from "./ecsService.js";
import { horizontalPodAutoscaler } from "./horizontalPodAutoscaler.js";
import { httpRoute } from "./httpRoute.js";
import { route53Record } from "./route53Record.js";
import { scaledObject } from "./scaledObject.js";
import { statefulSet } from "./statefulSet.js";
import type { ReplicaTarget, TargetKind, WeightTarget } from "./target.js";

export type {
  Backend,
  Identity,
  Place,
  Props,
  ReplicaTarget,
  TargetKind,
  ValueChange,
  WeightTarget,
} from "./target.js";

/** Every kind of resource that a change writes a number into, in the order in which they are looked for. */
export const targetKinds: readonly TargetKind[] = [
  deployment,
  statefulSet,
  horizontalPodAutoscaler,
  scaledObject,
  httpRoute,
  dnsEndpoint,
  autoScalingGroup,
  ecsService,
  appAutoscalingTarget,
  route53Record,
  capacityReservation,
];

export const replicaTargets = targetKinds.filter((kind): kind is ReplicaTarget => kind.change === "replicas");

export const weightTargets = targetKinds.filter((kind): kind is WeightTarget => kind.change === "dnsWeight");

/** How a change of this kind reaches a resource of this type, or undefined where it does not. */
export function targetKindOf(type: string, change: ChangeKind): TargetKind | undefined {
  return targetKinds.find((kind) => kind.change === change && kind.types.test(type));
}
