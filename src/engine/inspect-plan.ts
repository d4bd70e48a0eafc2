/** What a model file would take of memory here, from its header alone, for `models inspect`. */
import { LongsightError } from '../base/errors.ts';
import { describeModel } from '../models/architectures/model-description.ts';
import { openModelFile, openTensors } from '../models/model-file.ts';
import type { PlanListing } from '../protocol/models.ts';
import { freeMemory } from '../runtime/memory/free-memory.ts';
import { planMemory } from '../runtime/memory/memory-plan.ts';

/** Graphs hold a little more than the file: 5-bit weights take 8 bits, scales are float32. */
const builtFactor = 1.1;

/** @returns null for what is no decoder of ours; its sentence where memory does not suffice */
export async function planOf(file: string): Promise<PlanListing | null> {
  try {
    const model = await openModelFile(file);
    const tensors = openTensors(model);
    try {
      const { hyperparameters } = await describeModel(model, tensors);
      const options = { provider: 'cpu', free: await freeMemory() } as const;
      const plan = planMemory(hyperparameters, builtFactor * model.size, options);
      const { cache, window, weights, keysAndValues, scratch, total, free, reduced } = plan;
      return { fits: true, cache, window, weights, keysAndValues, scratch, total, free, reduced };
    } finally {
      await tensors.close();
    }
  } catch (error) {
    if (!(error instanceof LongsightError)) throw error;
    // Whatever else is wrong with the file, looking at it goes on.
    return error.userError.code === 'LS3009' ? { fits: false, why: error.userError.message } : null;
  }
}
