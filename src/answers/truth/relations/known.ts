/** What can be said of a claim, and what several places say of it together. */

/** `unknown`: nothing may be concluded. */
export type Known = 'yes' | 'no' | 'unknown';

/** All that is known says so; where bodies differ, or none tells, nothing is concluded but what one of them shows. */
export function agreed(verdicts: readonly Known[]): Known {
  if (verdicts.includes('yes')) return 'yes';
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'no') ? 'no' : 'unknown';
}
