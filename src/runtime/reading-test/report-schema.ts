/** The shape of a reading test's report where it is kept on disk. */
import { z } from 'zod';

const part = z.object({
  questions: z.int(),
  asked: z.int().exactOptional(),
  correct: z.int(),
  needed: z.int(),
  passed: z.boolean(),
});
export const readingTestSchema = part.extend({
  refuses: part.exactOptional(),
  cites: part.exactOptional(),
});
