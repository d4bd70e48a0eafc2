/** What fails only because a network does gets more than one try: package managers, downloads of weights for the tests. */

/** Pauses before the second and the third try, milliseconds. */
const pausesMs: readonly number[] = [5000, 30_000];

/** Does the work until it succeeds; after the last try its error is thrown. */
export async function overNetwork<T>(work: () => Promise<T>, pauses = pausesMs): Promise<T> {
  for (const pause of pauses) {
    try {
      return await work();
    } catch (error) {
      process.stderr.write(`trying again: ${error instanceof Error ? error.message : String(error)}\n`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return work();
}
