import { describeAws } from "./aws/describe.js";
import { type AwsScope, readAws } from "./aws/read.js";
import { type FoundInventory, UnreadableError } from "./found.js";

/**
 * Reads the inventory of one region of the account that the SDK's default credentials are of.
 * @throws UnreadableError where AWS does not let it be read, or nothing runs there
 */
export async function readAwsInventory(scope: AwsScope): Promise<FoundInventory> {
  const { objects, warnings } = await readAws(scope);
  const found = describeAws(objects);
  if (found.inventory.instances.length === 0) {
    const told = warnings.length === 0 ? "" : ` (${warnings.join("; ")})`;
    throw new UnreadableError(`AWS: no EC2 instance and no task of ECS runs in this region; check --region${told}`);
  }
  return { inventory: found.inventory, warnings: [...warnings, ...found.warnings] };
}
