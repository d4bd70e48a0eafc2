/** Measures a decoder on this machine: providers, speed, the reading test and the effective window. */
import { say } from '../../base/sentences.ts';
import type { HashedModel } from '../../models/model-hash.ts';
import type { Progress } from '../../protocol/engine.ts';
import type { ProbeReport } from '../../protocol/models.ts';
import type { ChatMessage, DecodeResult, Decoder, Sampling } from '../decoder.ts';
import { fillerLine, measureWindow } from './effective-window.ts';
import { probeAgain } from '../providers/provider-choice.ts';
import { runReadingTest } from '../reading-test/run.ts';
import { settled } from '../settled.ts';
import { writeProbe } from './verdict.ts';

const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };
/** Tokens of the prompt and of the answer that speed is measured with. */
const speedPrompt = 512;
const speedAnswer = 32;
/** Seconds in which the effective window is searched for. */
export const defaultWindowSeconds = 300;

/**
 * @param model what the verdict is kept under
 * @param home LONGSIGHT_HOME
 * @param windowSeconds the most time that the search for the effective window takes
 * @throws what the decoder throws, LS2005, LS2006 when the verdict cannot be kept, CancelledError
 */
export async function probeModel(
  decoder: Decoder,
  model: HashedModel & { readonly id: string },
  home: string,
  windowSeconds: number,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<ProbeReport> {
  const providers = await providersOf(decoder, home, onProgress, signal);
  onProgress({ message: say('Measuring speed'), done: 0, total: null });
  const speed = await measureSpeed(decoder, signal);
  const readingTest = await runReadingTest(
    decoder,
    ({ done, total }) => {
      onProgress({ message: say('Reading test'), done, total });
    },
    signal,
  );
  const window = await measureWindow(
    decoder,
    { seconds: windowSeconds, prefillTokensPerSecond: speed.prefillTokensPerSecond },
    (tokens, secondsLeft) => {
      const done = windowSeconds - Math.ceil(secondsLeft);
      onProgress({ message: say('Looking for planted facts in {0} tokens', tokens), done, total: windowSeconds });
    },
    signal,
  );
  const report = {
    ...{ id: model.id, provider: decoder.info.provider, providers, ...speed, readingTest },
    ...{ effectiveWindow: window.atLeast, window },
  };
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
  if (info.server) return [{ name: info.provider, usable: true, reason: say('it answered') }];
  onProgress({ message: say('Trying the execution providers'), done: 0, total: null });
  const tried = await probeAgain({ home, signal, probe: { quick: true } });
  return tried.map(({ name, usable, reason }) => ({ name, usable, reason }));
}

async function measureSpeed(
  decoder: Decoder,
  signal: AbortSignal,
): Promise<Pick<ProbeReport, 'prefillTokensPerSecond' | 'decodeTokensPerSecond'>> {
  // The first run pays for what is loaded lazily.
  await run(decoder, await notes(decoder, 64, signal), 4, signal);
  const result = await run(decoder, await notes(decoder, speedPrompt, signal), speedAnswer, signal);
  return {
    prefillTokensPerSecond: (result.prefillTokens / Math.max(result.timings.prefillMs, 1e-3)) * 1000,
    decodeTokensPerSecond: result.decodeTokensPerSecond,
  };
}

/** A conversation of at most so many tokens, about nothing in particular. */
async function notes(decoder: Decoder, tokens: number, signal: AbortSignal): Promise<readonly ChatMessage[]> {
  const conversation = (lines: number): readonly ChatMessage[] => {
    const text = Array.from({ length: lines }, (_, i) => fillerLine(i)).join('\n');
    return [{ role: 'user', content: `${text}\n\nSummarise these notes.` }];
  };
  const longest = (): number => {
    let lines = 0;
    while (decoder.countChatTokens(conversation(lines + 1)) <= tokens) lines += 1;
    return lines;
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
