import type { Command } from "../command.js";
import { audit } from "./audit.js";
import { doctor } from "./doctor.js";
import { explain } from "./explain.js";
import { graph } from "./graph.js";
import { ingest } from "./ingest.js";
import { init } from "./init.js";
import { plan } from "./plan.js";
import { preview } from "./preview.js";
import { simulate } from "./simulate.js";
import { up } from "./up.js";

/** Every verb, in the order of the help: adding one is a file and a line. */
export const commands: readonly Command[] = [init, ingest, graph, simulate, explain, plan, preview, up, audit, doctor];
