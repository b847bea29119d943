import type { AwsResource } from "../resource.js";
import { capacityReservation } from "./capacityReservation.js";
import { group } from "./group.js";
import { record } from "./record.js";
import { service } from "./service.js";

/** Every type that the stand-in has. */
export const resources: readonly AwsResource[] = [group, service, record, capacityReservation];
