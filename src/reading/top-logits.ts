/** What a decoder would say next to a prompt, as the probabilities of single tokens: a judgement that costs no decoding. */
import type { DecodeResult } from '../runtime/decoder.ts';
import type { ReadingPlan } from './plan.ts';
import type { PassCost, ReadingTask } from './strategy.ts';

type Logits = NonNullable<DecodeResult['topLogits'][number]>;

/** Logits that are asked for: those of letters and digits are among them where the decoder would say one at all. */
const asked = 200;

/** @throws what the decoder throws, CancelledError */
export async function topLogitsOf(
  { messages, assistantPrefix, movesRuns }: Pick<ReadingPlan, 'messages' | 'assistantPrefix' | 'movesRuns'>,
  { decoder, onProgress, signal }: Pick<ReadingTask, 'decoder' | 'onProgress' | 'signal'>,
): Promise<{ readonly logits: Logits; readonly cost: PassCost }> {
  const { topLogits, prefillTokens, reusedTokens } = await decoder.decode(
    {
      messages,
      assistantPrefix,
      ...(movesRuns && { movesRuns }),
      maxTokens: 1,
      sampling: { temperature: 0, topK: 1, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
      topLogits: asked,
      speculation: false,
    },
    (event) => {
      if (event.type === 'prefill') onProgress(event.done, event.total);
    },
    signal,
  );
  return { logits: topLogits[0] ?? [], cost: { prefillTokens, reusedTokens } };
}

/** Probabilities by token id, of these tokens alone. */
export function softmaxOf(logits: Logits): ReadonlyMap<number, number> {
  const most = Math.max(...logits.map(({ logit }) => logit));
  const weights = logits.map(({ id, logit }) => [id, Math.exp(logit - most)] as const);
  const sum = weights.reduce((total, [, weight]) => total + weight, 0);
  return new Map(weights.map(([id, weight]) => [id, weight / sum]));
}
