export type Log = (line: string) => void;

/** Progress goes to stderr, so that stdout stays the answer. */
export const logToStderr: Log = (line) => process.stderr.write(`testbed: ${line}\n`);

/** Runs `work`, saying what begins, that it still goes on (once a minute), and how long it took. */
export async function timed<T>(what: string, log: Log, work: () => Promise<T>): Promise<T> {
  const start = Date.now();
  const elapsed = () => `${((Date.now() - start) / 1000).toFixed(0)} s`;
  log(`${what} ...`);
  const reminder = setInterval(() => log(`${what}: ${elapsed()} so far`), 60_000);
  try {
    const result = await work();
    log(`${what}: done in ${elapsed()}`);
    return result;
  } catch (error) {
    log(`${what}: failed after ${elapsed()}`);
    throw error;
  } finally {
    clearInterval(reminder);
  }
}
