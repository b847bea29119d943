import { openBatches } from "../../../history/collector/batches.js";
import { openCollector } from "../../../history/collector/server.js";
import { storeBodies } from "../../../history/collector/storeBodies.js";
import { openStoredIds } from "../../../history/collector/storedIds.js";
import { openLocal } from "../../../history/storage/local.js";

const [into, port, token] = process.argv.slice(2);
if (into === undefined || port === undefined || token === undefined) throw new Error("expected DIR, PORT and TOKEN");
const storage = openLocal(into);
const stored = await openStoredIds(storage);
const batches = openBatches(
  () => new Promise((done) => setTimeout(done, 20)),
  (bodies) => storeBodies(storage, stored, bodies, Date.now()),
);
const collector = await openCollector({
  host: "127.0.0.1",
  port: Number(port),
  token,
  bodyLimit: 1e6,
  batches,
  log: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${collector.url}\n`);
