/** Enough for a request's wait to matter little, few enough for any server. */
const width = 16;

/** Applies an asynchronous function to every item, a few at a time; results are in the order of the items. */
export async function inParallel<T, R>(items: readonly T[], apply: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await apply(items[i] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, work));
  return results;
}
