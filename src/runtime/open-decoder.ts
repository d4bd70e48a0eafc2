/** Opens a decoder: starts its thread, lets it build the graphs where they are missing, and reads the tokenizer for this side. */
import type { Logger } from '../base/logging.ts';
import { ChatTemplate } from '../models/chat-template.ts';
import { openModelFile } from '../models/model-file.ts';
import { readModelTexts } from '../models/model-texts.ts';
import { createTokenizer } from '../models/tokenizer/tokenizer.ts';
import { type BuildProgress, openRequest } from './decoder-protocol.ts';
import { DecoderThread } from './decoder-thread.ts';
import { defaultThreads } from './threads.ts';
import { WorkerDecoder } from './worker-decoder.ts';

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
}

/**
 * @param onProgress told of the building of the graphs, the first time a file is opened
 * @throws LS2301, LS2302, LS2305, LS2031, LS2009 for a damaged or unreadable file; LS2303, LS2304, LS2021, LS2022 for one that cannot be run; LS2005, LS2006
 * when the graphs cannot be written; LS3001, LS3002 when it cannot be started; CancelledError
 */
export async function openDecoder(
  options: OpenDecoderOptions,
  onProgress: (progress: BuildProgress) => void,
  signal: AbortSignal,
): Promise<WorkerDecoder> {
  const { file, id, displayName, home, logger, chatTemplate, exact = false } = options;
  const threads = options.threads ?? defaultThreads();
  const model = await openModelFile(file, signal);
  const thread = new DecoderThread();
  try {
    const opening = thread.request(
      openRequest,
      { file, home, threads, exact },
      (event) => {
        if (typeof event === 'object' && !('type' in event)) onProgress(event);
      },
      signal,
    );
    // It is awaited after the tokenizer is made, and may fail before.
    opening.catch(() => undefined);
    const texts = await readModelTexts(model);
    const tokenizer = createTokenizer(texts.tokenizer);
    const template = new ChatTemplate(chatTemplate ?? texts.template, tokenizer);
    // The merges are taken in now, beside the thread's work, and not when the first question waits for its tokens.
    if (texts.takesText) tokenizer.encode(' ');
    const opened = await opening;
    logger.info({ decoder: id, threads, ...opened }, 'the decoder is open');
    const memory = opened.weightBytes + opened.cacheBytesPerToken * opened.contextLength;
    const { architecture, contextLength } = opened;
    return new WorkerDecoder(
      { id, displayName, architecture, contextLength, provider: 'cpu', memory },
      thread,
      tokenizer,
      template,
    );
  } catch (error) {
    await thread.end();
    throw error;
  }
}
