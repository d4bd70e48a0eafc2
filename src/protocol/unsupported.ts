/** What becomes of a sentence that nothing read supports, once it was written again and still does not hold. */

export const unsupportedSentences = ['mark', 'drop'] as const;
export type UnsupportedSentences = (typeof unsupportedSentences)[number];
