/** The verdict of the reading test; before the probe is built there is none. */
export function readVerdict(): Promise<boolean | null> {
  return Promise.resolve(null);
}
