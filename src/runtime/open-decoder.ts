/** Opens a decoder: starts its thread, lets it build the graphs where they are missing, and reads the tokenizer for this side. */
import { english } from '../base/speaker.ts';
import { say } from '../base/sentences.ts';
import { LongsightError, messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logging.ts';
import { ChatTemplate } from '../models/chat-template.ts';
import { type ModelFile, openModelFile } from '../models/model-file.ts';
import { readModelTexts } from '../models/model-texts.ts';
import { createTokenizer } from '../models/tokenizer/tokenizer.ts';
import type { ProviderChoice } from '../protocol/providers.ts';
import { type BuildProgress, openRequest } from './worker/decoder-protocol.ts';
import { DecoderThread } from './worker/decoder-thread.ts';
import type { DecoderInfo } from './decoder.ts';
import type { FreeMemory } from './memory/free-memory.ts';
import { type ChosenProvider, chooseProvider, refuseProvider } from './providers/provider-choice.ts';
import { ProviderGuard } from './providers/provider-guard.ts';
import { defaultThreads } from './threads.ts';
import { WorkerDecoder } from './worker/worker-decoder.ts';

export interface OpenDecoderOptions {
  /** Absolute path of a GGUF file, or of the folder or file of a safetensors model. */
  readonly file: string;
  readonly id: string;
  readonly displayName: string;
  /** LONGSIGHT_HOME. */
  readonly home: string;
  /** null: the number of physical cores. */
  readonly threads: number | null;
  readonly logger: Logger;
  /** Instead of the file's own template (a catalogue entry's override). */
  readonly chatTemplate?: string;
  /** Computes single tokens with float32 activations too: slower, for comparisons with a reference. */
  readonly exact?: boolean;
  /** What is to compute; left out: the processor. */
  readonly provider?: ProviderChoice;
  /** What the memory plan goes by; left out: what is free. */
  readonly free?: FreeMemory;
}

/**
 * @param onProgress told of the building of the graphs, the first time a file is opened
 * @throws LS2301, LS2302, LS2305, LS2031, LS2009 for a damaged or unreadable file; LS2303, LS2304, LS2021, LS2022 for one that cannot be run; LS2005, LS2006
 * when the graphs cannot be written; LS3001, LS3002 when it cannot be started; LS3009 when memory does not suffice; CancelledError
 */
export async function openDecoder(
  options: OpenDecoderOptions,
  onProgress: (progress: BuildProgress) => void,
  signal: AbortSignal,
): Promise<WorkerDecoder> {
  const { home, logger, provider = 'cpu' } = options;
  const [model, chosen] = await Promise.all([
    openModelFile(options.file, signal),
    chooseProvider(provider, { home, signal }),
  ]);
  try {
    return await openOn(chosen, model, options, onProgress, signal);
  } catch (error) {
    const code = error instanceof LongsightError ? error.userError.code : null;
    if (chosen.provider === 'cpu' || (code !== 'LS3001' && code !== 'LS3002' && code !== 'LS3009')) throw error;
    const why = error instanceof LongsightError ? messageOf(error.userError) : say('{0}', String(error));
    logger.warn(
      { provider: chosen.provider, error: english.words(why) },
      'a provider failed with this model, the processor takes over',
    );
    // Another model may well fit.
    if (code !== 'LS3009') await refuseProvider(home, chosen, why);
    const reasons = [...chosen.reasons, say('{0} cannot be used: {1}', chosen.provider, why)];
    const notice = say('{0} failed, and the processor computes: {1}', chosen.provider, why);
    return openOn({ ...chosen, provider: 'cpu', flash: false, reasons, notice }, model, options, onProgress, signal);
  }
}

async function openOn(
  { provider, flash, fingerprint, reasons, notice }: ChosenProvider,
  model: ModelFile,
  options: OpenDecoderOptions,
  onProgress: (progress: BuildProgress) => void,
  signal: AbortSignal,
): Promise<WorkerDecoder> {
  const { file, id, displayName, home, logger, chatTemplate, exact = false, free = null } = options;
  const threads = options.threads ?? defaultThreads();
  const guard = provider === 'cpu' ? null : new ProviderGuard(home, provider, fingerprint);
  const thread = new DecoderThread(guard);
  try {
    const opening = thread.request(
      openRequest,
      { file, home, threads, exact, provider, flash, free },
      (event) => {
        if (typeof event === 'object' && !('type' in event)) onProgress(event);
      },
      signal,
    );
    // It is awaited after the tokenizer is made, and may fail before.
    opening.catch(() => undefined);
    const texts = await readModelTexts(model);
    const tokenizer = createTokenizer(texts.tokenizer);
    const template = new ChatTemplate(chatTemplate ?? texts.template, tokenizer, texts);
    if (template.problem !== null)
      logger.warn({ decoder: id, problem: template.problem }, "the model's template is broken");
    // The merges are taken in now, beside the thread's work, and not when the first question waits for its tokens.
    if (texts.takesText) tokenizer.encode(' ');
    const opened = await opening;
    logger.info(
      { decoder: id, threads, provider, reasons: reasons.map((reason) => english.words(reason)), ...opened },
      'the decoder is open',
    );
    const { architecture, contextLength, plan, reuse } = opened;
    const info: DecoderInfo = {
      id,
      displayName,
      architecture,
      contextLength,
      window: plan.window,
      provider,
      ...(reuse && { reuse }),
      memory: plan.total,
      remarks: [...reasons, ...(plan.reduced === null ? [] : [plan.reduced])],
      ...(notice !== null && { notice }),
    };
    return new WorkerDecoder(info, thread, tokenizer, template);
  } catch (error) {
    await thread.end();
    throw error;
  }
}
