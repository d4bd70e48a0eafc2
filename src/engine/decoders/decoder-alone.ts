/** The decoder without a repository: generate and perplexity, as the command line and comparisons with references use them. */
import { joined, say } from '../../base/sentences.ts';
import { fault } from '../../base/errors.ts';
import type {
  GenerateParameters,
  GenerateReport,
  PerplexityParameters,
  PerplexityReport,
} from '../../protocol/models.ts';
import { onlyThoughts } from '../../runtime/thoughts/only-thoughts.ts';
import type { Progress } from '../../protocol/engine.ts';
import type { CacheWindow, DecodeRequest, Decoder } from '../../runtime/decoder.ts';

const defaultMaxTokens = 128;
const defaultBucket = 512;

/** Runs one generation. `loadMs` is how long the caller waited for the decoder. */
export async function generate(
  decoder: Decoder,
  loadMs: number,
  parameters: GenerateParameters,
  onToken: (text: string) => void,
  signal: AbortSignal,
): Promise<GenerateReport> {
  requireProvider(decoder, parameters.provider);
  const result = await decoder.decode(
    decodeRequestOf(parameters),
    (event) => {
      if (event.type === 'token') onToken(event.text);
    },
    signal,
  );
  const { promptTokenIds, tokenIds, text, thoughts, topLogits, timings, speculation } = result;
  const onlyThought = onlyThoughts(result);
  const report = {
    promptTokenIds,
    tokenIds,
    text,
    ...(thoughts !== undefined && { thoughts }),
    ...(onlyThought && { notice: onlyThought }),
    topLogits,
    timings: { ...timings, loadMs },
  };
  return speculation ? { ...report, speculation } : report;
}

/** Whoever names a provider wants no other. @throws LS3010 with the reason */
function requireProvider({ info }: Decoder, wanted: string | undefined): void {
  if (wanted === undefined || wanted === 'auto' || wanted === info.provider) return;
  const runs = say('{0} runs on {1} here', info.displayName, info.provider);
  throw fault('LS3010', info.remarks && info.remarks.length > 0 ? joined(info.remarks, '; ') : runs);
}

function decodeRequestOf(parameters: GenerateParameters): DecodeRequest {
  const { prompt, tokenIds, chat, maxTokens, topLogits } = parameters;
  const window = windowOf(parameters);
  if (prompt === undefined && tokenIds === undefined) throw fault('LS1002', say('a generation without a prompt'));
  return {
    ...(tokenIds && { tokenIds }),
    ...(!tokenIds &&
      prompt !== undefined &&
      (chat ? { messages: [{ role: 'user' as const, content: prompt }] } : { prompt })),
    maxTokens: maxTokens ?? defaultMaxTokens,
    sampling: {
      temperature: parameters.greedy ? 0 : (parameters.temperature ?? 0.7),
      topK: parameters.topK ?? 40,
      topP: parameters.topP ?? 0.95,
      minP: parameters.minP ?? 0.05,
      repetitionPenalty: parameters.repetitionPenalty ?? 1,
      ...(parameters.repetitionWindow !== undefined && { repetitionWindow: parameters.repetitionWindow }),
      seed: parameters.seed ?? 0,
    },
    ...(parameters.logitBias && { logitBias: parameters.logitBias }),
    ...(parameters.stop && { stop: parameters.stop }),
    ...(parameters.constraint && { constraint: parameters.constraint }),
    ...(parameters.contexts && { contexts: parameters.contexts }),
    ...(parameters.speculation === false && { speculation: false }),
    ...(topLogits !== undefined && { topLogits }),
    ...positionsOf(parameters),
    ...(window && { window }),
  };
}

/** Mean negative log-likelihood of a text, in buckets along it. */
export async function perplexity(
  decoder: Decoder,
  parameters: PerplexityParameters,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<PerplexityReport> {
  requireProvider(decoder, parameters.provider);
  const { text, maxTokens, bucket = defaultBucket } = parameters;
  const tokenIds = (await decoder.tokenize(text)).slice(0, maxTokens);
  if (tokenIds.length < 2) throw fault('LS1002', say('a text of fewer than two tokens'));
  const window = windowOf(parameters);
  return decoder.perplexity(
    { tokenIds, bucket, ...(window && { window }), ...positionsOf(parameters) },
    (done) => {
      onProgress({ message: say('Reading the text'), done, total: tokenIds.length });
    },
    signal,
  );
}

function positionsOf({
  rope,
  mask,
  retrieval,
}: Pick<GenerateParameters, 'rope' | 'mask' | 'retrieval'>): Pick<DecodeRequest, 'rope' | 'mask' | 'retrieval'> {
  return {
    ...(rope !== undefined && { rope }),
    ...(mask !== undefined && { mask }),
    ...(retrieval !== undefined && { retrieval }),
  };
}

function windowOf({ sinks, recent }: { readonly sinks?: number; readonly recent?: number }): CacheWindow | undefined {
  if (sinks === undefined && recent === undefined) return undefined;
  if (sinks === undefined || recent === undefined)
    throw fault('LS1002', say('sinks without recent tokens, or recent tokens without sinks'));
  return { sinks, recent };
}
