/** Runs once before the tests. The parts and the cluster come next; tests that need none of them run already. */
export default function setup(): void {
  if (process.env.FIREBREAK_TESTBED === "off") console.warn("testbed: off (FIREBREAK_TESTBED=off)");
}
