/**
 * Measures a decoder on this machine: providers, speed, the reading test, and the effective window – the longest prompt out of
 * which a planted fact is still found (needle in a haystack, Kamradt 2023), which is often shorter than what the model claims.
 */
import { throwIfCancelled } from '../base/cancellation.ts';
import type { HashedModel } from '../models/model-hash.ts';
import type { Progress } from '../protocol/engine.ts';
import type { ProbeReport } from '../protocol/models.ts';
import type { ChatMessage, DecodeResult, Decoder, Sampling } from './decoder.ts';
import { probeAgain } from './provider-choice.ts';
import { runReadingTest } from './reading-test.ts';
import { settled } from './settled.ts';
import { writeProbe } from './verdict.ts';

const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };
/** Tokens of the prompt and of the answer that speed is measured with. */
const speedPrompt = 512;
const speedAnswer = 32;
const smallestWindow = 256;
/** A window whose prompt would take longer than this is not tried: nobody would wait for it in use either. */
const longestPrefillSeconds = 60;
const answerTokens = 24;

/** Where in the text the fact is planted, as a share of its length: the middle is the hardest (Liu et al. 2023). */
const depths = [0.1, 0.5];

/**
 * @param model what the verdict is kept under
 * @param home LONGSIGHT_HOME
 * @throws what the decoder throws, LS2005, LS2006 when the verdict cannot be kept, CancelledError
 */
export async function probeModel(
  decoder: Decoder,
  model: HashedModel & { readonly id: string },
  home: string,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<ProbeReport> {
  const providers = await providersOf(decoder, home, onProgress, signal);
  onProgress({ message: 'Measuring speed', done: 0, total: null });
  const speed = await measureSpeed(decoder, signal);
  const readingTest = await runReadingTest(
    decoder,
    (done, total) => {
      onProgress({ message: 'Reading test', done, total });
    },
    signal,
  );
  const effectiveWindow = await measureWindow(decoder, speed.prefillTokensPerSecond, onProgress, signal);
  const report = { id: model.id, provider: decoder.info.provider, providers, ...speed, effectiveWindow, readingTest };
  await writeProbe(model, home, report, signal);
  return report;
}

/** A server chose its provider by itself. */
async function providersOf(
  { info }: Decoder,
  home: string,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<ProbeReport['providers']> {
  if (info.server) return [{ name: info.provider, usable: true, reason: 'it answered' }];
  onProgress({ message: 'Trying the execution providers', done: 0, total: null });
  const tried = await probeAgain({ home, signal, probe: { quick: true } });
  return tried.map(({ name, usable, reason }) => ({ name, usable, reason }));
}

async function measureSpeed(
  decoder: Decoder,
  signal: AbortSignal,
): Promise<Pick<ProbeReport, 'prefillTokensPerSecond' | 'decodeTokensPerSecond'>> {
  // The first run pays for what is loaded lazily.
  await run(decoder, await haystack(decoder, 64, null, signal), 4, signal);
  const result = await run(decoder, await haystack(decoder, speedPrompt, null, signal), speedAnswer, signal);
  return {
    prefillTokensPerSecond: (result.prefillTokens / Math.max(result.timings.prefillMs, 1e-3)) * 1000,
    decodeTokensPerSecond: result.decodeTokensPerSecond,
  };
}

/** Doubles the prompt while the fact is found at every depth. @returns tokens, 0 when it is not found in the shortest */
async function measureWindow(
  decoder: Decoder,
  prefillTokensPerSecond: number,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<number> {
  const limit = (decoder.info.window ?? decoder.info.contextLength) - answerTokens;
  const sizes: number[] = [];
  for (let size = smallestWindow; size < limit; size *= 2) sizes.push(size);
  sizes.push(limit);
  let found = 0;
  for (const [index, size] of sizes.entries()) {
    throwIfCancelled(signal);
    onProgress({ message: `Looking for a planted fact in ${String(size)} tokens`, done: index, total: sizes.length });
    if (size / prefillTokensPerSecond > longestPrefillSeconds) break;
    for (const depth of depths) {
      const conversation = await haystack(decoder, size, depth, signal);
      const { text } = await run(decoder, conversation, answerTokens, signal);
      if (!text.includes(needle.answer)) return found;
    }
    found = size;
  }
  return found;
}

const needle = {
  line: 'The maintenance code of the harbour crane is 73914.',
  question: 'What is the maintenance code of the harbour crane? Answer with the number.',
  answer: '73914',
};

/** Sentences that differ from each other, about nothing that the question asks for. */
function filler(index: number): string {
  const subjects = ['parser', 'scheduler', 'cache', 'indexer', 'socket', 'renderer', 'planner'];
  const verbs = ['keeps', 'reads', 'writes', 'counts', 'sorts', 'checks'];
  const objects = [
    'its entries in order',
    'one page at a time',
    'the older half first',
    'what changed since yesterday',
    'every second record',
  ];
  const pick = (list: readonly string[]): string => list[index % list.length] ?? '';
  return `Note ${String(index)}: the ${pick(subjects)} ${pick(verbs)} ${pick(objects)}.`;
}

/** A conversation of at most `tokens` tokens, with the fact at `depth` of the text unless that is null. */
async function haystack(
  decoder: Decoder,
  tokens: number,
  depth: number | null,
  signal: AbortSignal,
): Promise<readonly ChatMessage[]> {
  const conversation = (lines: number): readonly ChatMessage[] => {
    const text = Array.from({ length: lines }, (_, i) => filler(i));
    if (depth !== null) text.splice(Math.floor(lines * depth), 0, needle.line);
    const question = depth === null ? 'Summarise these notes.' : needle.question;
    return [{ role: 'user', content: `${text.join('\n')}\n\n${question}` }];
  };
  const longest = (): number => {
    let least = 0;
    let most = tokens;
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (decoder.countChatTokens(conversation(middle)) <= tokens) least = middle;
      else most = middle - 1;
    }
    return least;
  };
  return conversation(await settled(decoder, longest, signal));
}

function run(
  decoder: Decoder,
  messages: readonly ChatMessage[],
  maxTokens: number,
  signal: AbortSignal,
): Promise<DecodeResult> {
  return decoder.decode({ messages, maxTokens, sampling: greedy }, () => undefined, signal);
}
