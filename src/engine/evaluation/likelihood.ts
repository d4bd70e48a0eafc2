/** How likely a decoder finds the true text after what a strategy gave it to read. */
import { isCancelled } from '../../base/cancellation.ts';
import { LongsightError } from '../../base/errors.ts';
import type { DecodeRequest, Decoder } from '../../runtime/decoder.ts';

/** What a decoder was asked in the course of one answer. */
export interface Asked {
  readonly decoder: Decoder;
  readonly request: DecodeRequest;
}

/**
 * Mean negative log-likelihood of the text as the answer to the request that an answer was written from, in nats a token; null where
 * the decoder cannot tell: a served one, or one that read its sources apart from each other.
 */
export async function likelihoodAfter(
  asked: readonly Asked[],
  truth: string,
  signal: AbortSignal,
): Promise<number | null> {
  // What is written again goes on from a part of the answer; the answer itself begins with what the prompt says it does.
  const prefix = (one: Asked): string => one.request.assistantPrefix ?? '';
  const shortest = Math.min(...asked.map((one) => prefix(one).length));
  const last = asked.findLast((one) => prefix(one).length === shortest);
  if (!last) return null;
  const { decoder, request } = last;
  const { messages, assistantPrefix } = request;
  if (request.contexts || !messages || decoder.info.server) return null;
  try {
    const { promptTokenIds } = await decoder.decode(
      {
        messages,
        ...(assistantPrefix !== undefined && { assistantPrefix }),
        maxTokens: 1,
        sampling: { ...request.sampling, temperature: 0 },
      },
      () => undefined,
      signal,
    );
    // A text alone is encoded with what begins every prompt.
    const special = (await decoder.tokenize('')).length;
    const own = (await decoder.tokenize(truth)).slice(special);
    if (own.length === 0 || promptTokenIds.length < own.length + 2) return null;
    const tokenIds = [...promptTokenIds, ...own];
    // A bucket counts predictions by the token they are made from: the last of the prompt predicts the first of the truth.
    const { buckets } = await decoder.perplexity(
      { tokenIds, bucket: promptTokenIds.length - 1 },
      () => undefined,
      signal,
    );
    return buckets[1]?.meanNll ?? null;
  } catch (error) {
    if (isCancelled(error) || !(error instanceof LongsightError)) throw error;
    return null;
  }
}
