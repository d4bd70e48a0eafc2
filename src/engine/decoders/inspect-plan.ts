/** What a model file would take of memory here, for `models inspect`: the plan that opening it follows, without opening it. */
import { LongsightError, messageOf } from '../../base/errors.ts';
import type { PlanListing } from '../../protocol/models.ts';
import type { ProviderChoice } from '../../protocol/providers.ts';
import { planDecoder } from '../../runtime/memory/plan-decoder.ts';
import { chooseProvider } from '../../runtime/providers/provider-choice.ts';
import { defaultThreads } from '../../runtime/threads.ts';

export interface InspectPlanOptions {
  /** LONGSIGHT_HOME. */
  readonly home: string;
  readonly threads: number | null;
  /** Left out: the processor. */
  readonly provider?: ProviderChoice | undefined;
}

/** @returns null for what is no decoder of ours; its sentence where memory does not suffice */
export async function planOf(
  file: string,
  { home, threads, provider: wanted = 'cpu' }: InspectPlanOptions,
  signal: AbortSignal,
): Promise<PlanListing | null> {
  try {
    const { provider } = await chooseProvider(wanted, { home, signal });
    const plan = await planDecoder(file, { home, threads: threads ?? defaultThreads(), provider }, signal);
    const { cache, window, weights, keysAndValues, scratch, total, free, reduced } = plan;
    return { fits: true, cache, window, weights, keysAndValues, scratch, total, free, reduced };
  } catch (error) {
    if (!(error instanceof LongsightError)) throw error;
    // Whatever else is wrong with the file, looking at it goes on.
    return error.userError.code === 'LS3009' ? { fits: false, why: messageOf(error.userError) } : null;
  }
}
