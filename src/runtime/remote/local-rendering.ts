/**
 * The template and tokenizer of a served model whose file lies on this machine: what is sent is then the rendered prompt
 * itself, and its tokens are counted here, exactly and at once.
 */
import { isCancelled } from '../../base/cancellation.ts';
import type { Logger } from '../../base/logging.ts';
import { ChatTemplate } from '../../models/chat-template.ts';
import { openModelFile } from '../../models/model-file.ts';
import { readModelTexts } from '../../models/model-texts.ts';
import { createTokenizer } from '../../models/tokenizer/tokenizer.ts';
import type { ChatMessage } from '../decoder.ts';
import { guardMessages } from './prompt-guard.ts';

export interface LocalRendering {
  /** The conversation with the generation prompt, as the server is to be sent it. */
  render(messages: readonly ChatMessage[]): string;
  /** See {@link ChatTemplate.answerStart}. */
  answerStart(messages: readonly ChatMessage[]): string;
  countText(text: string): number;
  /** Of what {@link render} makes, with the beginning token that the server adds. */
  countChat(messages: readonly ChatMessage[]): number;
  /** Of a raw prompt, with the beginning token that the server adds. */
  encodePrompt(text: string): readonly number[];
}

/** @returns null when the file is not there or cannot be read; the server is then asked instead */
export async function openLocalRendering(file: string, logger: Logger): Promise<LocalRendering | null> {
  try {
    const texts = await readModelTexts(await openModelFile(file));
    const tokenizer = createTokenizer(texts.tokenizer);
    const template = new ChatTemplate(texts.template, tokenizer, texts);
    const render = (messages: readonly ChatMessage[]): string => {
      const text = template.render(guardMessages(messages));
      // The server puts the beginning token there itself, and would put a second one before the template's.
      const begin = tokenizer.prefixIds.length > 0 ? tokenizer.tokenContent(tokenizer.prefixIds[0] ?? -1) : undefined;
      return begin !== undefined && text.startsWith(begin) ? text.slice(begin.length) : text;
    };
    return {
      render,
      answerStart: (messages) => template.answerStart(messages),
      countText: (text) => tokenizer.count(text),
      countChat: (messages) => tokenizer.count(render(messages), { parseSpecial: true, addSpecial: true }),
      encodePrompt: (text) => tokenizer.encode(text, { addSpecial: true }),
    };
  } catch (error) {
    if (isCancelled(error)) throw error;
    logger.info({ error: String(error) }, 'the file of the served model cannot be read here; the server is asked');
    return null;
  }
}
