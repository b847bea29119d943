import { writeSync } from "node:fs";
import { compactHistory } from "../../history/compaction.js";
import { ingest } from "../../history/ingest.js";
import { openStorage } from "../../history/storage/place.js";
import type { Storage } from "../../history/storage/storage.js";

/*
 * Works on a history step by step, for tests that kill it or run several at once:
 *   historyChild HISTORY KILL STEP...
 * KILL: the boundary of a storage operation at which it kills itself, counted from 1, two for each operation: before and
 * after. 0 for never. STEP: `compact`, or a file to ingest. It says `ready`, and then each step when it is done.
 */
const [history = "", kill = "0", ...steps] = process.argv.slice(2);
let boundary = 0;

function atBoundary(): void {
  if (++boundary === Number(kill)) process.kill(process.pid, "SIGKILL");
}

function mortal(storage: Storage): Storage {
  const around =
    <A extends unknown[], R>(act: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      atBoundary();
      const result = await act(...args);
      atBoundary();
      return result;
    };
  const { putIfAbsent, put, remove } = storage;
  return { ...storage, putIfAbsent: around(putIfAbsent), put: around(put), remove: around(remove) };
}

const storage = mortal(openStorage(history));
writeSync(1, "ready\n");
for (const step of steps) {
  if (step === "compact") await compactHistory(storage, { grace: 0 });
  else await ingest(step, { into: storage, format: "auto" });
  writeSync(1, `${step}\n`);
}
