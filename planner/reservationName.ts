/** What every resource that keeps room for a service is called, and every pod that stands for such a slot. */
export const reservationPrefix = "firebreak-reserve-";

/** The name of the resource that keeps room for a service. */
export function reservationName(service: string): string {
  return `${reservationPrefix}${service}`;
}
