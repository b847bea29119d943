/** What every resource that keeps room for a service is called, and every pod that stands for such a slot. */
export const reservationPrefix = "firebreak-reserve-";

/** The name of the resource that keeps room for a service. */
export function reservationName(service: string): string {
  return `${reservationPrefix}${service}`;
}

/**
 * The resource that keeps room for a service: placeholders in Kubernetes, a capacity reservation on AWS.
 * @param type of the resource that runs the service
 */
export function reservationTarget(service: string, type = ""): { readonly type: string; readonly name: string } {
  const isAws = type.startsWith("aws:");
  return {
    type: isAws ? "aws:ec2/capacityReservation:CapacityReservation" : "kubernetes:apps/v1:Deployment",
    name: reservationName(service),
  };
}
