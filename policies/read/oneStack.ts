import { InputError } from "../../input/problems.js";
import type { Urn } from "../urn.js";

/**
 * The project and stack of URNs; null where there is none.
 * @throws InputError where they are of several
 */
export function oneStack(urns: readonly Urn[], source: string): { project: string | null; stack: string | null } {
  const [first] = urns;
  if (first === undefined) return { project: null, stack: null };
  const other = urns.find(({ project, stack }) => project !== first.project || stack !== first.stack);
  if (other === undefined) return { project: first.project, stack: first.stack };
  const message = `holds resources of ${first.project}/${first.stack} and of ${other.project}/${other.stack}; check one stack at a time`;
  throw new InputError(source, [{ place: "(top)", message }]);
}
