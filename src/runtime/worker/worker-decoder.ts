/** A {@link Decoder} whose computing happens in a worker; tokens are counted on this side, where counting must not wait. */
import { raceCancellation } from '../../base/cancellation.ts';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { ChatTemplate } from '../../models/chat-template.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import type { PerplexityReport } from '../../protocol/models.ts';
import { idsOfPrompts, idsOfTexts } from '../parallel/context-ids.ts';
import { type DecodeParameters, decodeRequest, perplexityRequest, reuseTrialRequest } from './decoder-protocol.ts';
import type { DecoderThread } from './decoder-thread.ts';
import type { ChatMessage, DecodeEvent, DecodeRequest, DecodeResult, Decoder, DecoderInfo } from '../decoder.ts';
import type { PerplexityOptions } from '../generate/perplexity.ts';
import { promptParts } from '../reuse/prompt-parts.ts';
import { trialPrompts } from '../reuse/trial-prompts.ts';
import type { ReuseVerdict } from '../reuse/reuse-verdict.ts';
import { turnStart } from '../thoughts/turn-start.ts';

/** What a prompt is made of. */
type ReadFrom = Pick<DecodeRequest, 'messages' | 'prompt' | 'assistantPrefix' | 'tokenIds' | 'contexts'>;

export class WorkerDecoder implements Decoder {
  #info: DecoderInfo;
  readonly #thread: DecoderThread;
  readonly #tokenizer: Tokenizer;
  readonly #template: ChatTemplate;

  /** @param thread one whose model is open */
  constructor(info: DecoderInfo, thread: DecoderThread, tokenizer: Tokenizer, template: ChatTemplate) {
    this.#info = info;
    this.#thread = thread;
    this.#tokenizer = tokenizer;
    this.#template = template;
  }

  get info(): DecoderInfo {
    return this.#info;
  }

  countTokens(text: string): number {
    return this.#tokenizer.count(text);
  }

  countChatTokens(messages: readonly ChatMessage[]): number {
    return this.#template.encode(messages).length;
  }

  tokenize(text: string): readonly number[] {
    return this.#tokenizer.encode(text, { addSpecial: true });
  }

  async decode(request: DecodeRequest, onEvent: (e: DecodeEvent) => void, signal: AbortSignal): Promise<DecodeResult> {
    const { messages, prompt, assistantPrefix, tokenIds, contrast, contexts, joins, ...options } = request;
    const begun = assistantPrefix === undefined ? {} : { assistantPrefix };
    const asked = contexts && 'conversations' in contexts ? contexts.conversations[0] : messages;
    const joined =
      joins && promptParts(this.#texts, messages?.slice(0, -1) ?? [], joins.sources, joins.question, assistantPrefix);
    const running = this.#thread.request(
      decodeRequest,
      {
        ...options,
        turnStart: asked
          ? turnStart(this.#template.answerStart(asked) + (assistantPrefix ?? ''), options.constraint)
          : null,
        ...(joined
          ? { joined, promptIds: [...joined.prefix, ...joined.chunks.flat(), ...joined.tail] }
          : this.#read({
              ...(messages && { messages }),
              ...(prompt !== undefined && { prompt }),
              ...(tokenIds && { tokenIds }),
              ...(contexts && { contexts }),
              ...begun,
            })),
        ...(contrast && {
          contrast: { alpha: contrast.alpha, promptIds: this.#promptIds({ messages: contrast.messages, ...begun }) },
        }),
      },
      (event) => {
        if (!signal.aborted && typeof event === 'object' && 'type' in event) onEvent(event);
      },
      signal,
    );
    // The thread hears of the cancellation between two steps, of which one may take a second; nobody has to wait for that.
    return raceCancellation(running, signal);
  }

  async perplexity(
    request: PerplexityOptions,
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): Promise<PerplexityReport> {
    const running = this.#thread.request(
      perplexityRequest,
      request,
      (event) => {
        if (typeof event === 'number') onProgress(event);
      },
      signal,
    );
    return raceCancellation(running, signal);
  }

  async tryReuse(onProgress: (done: number, total: number) => void, signal: AbortSignal): Promise<ReuseVerdict> {
    const running = this.#thread.request(
      reuseTrialRequest,
      { questions: trialPrompts(this.#texts) },
      (event) => {
        if (typeof event === 'object' && !('type' in event)) onProgress(event.done, event.total);
      },
      signal,
    );
    const reuse = await raceCancellation(running, signal);
    this.#info = { ...this.#info, reuse };
    return reuse;
  }

  get #texts(): { readonly template: ChatTemplate; readonly tokenizer: Tokenizer } {
    return { template: this.#template, tokenizer: this.#tokenizer };
  }

  dispose(): Promise<void> {
    return this.#thread.end();
  }

  /** The prompt, and the contexts before it. */
  #read({ contexts, ...asked }: ReadFrom): Pick<DecodeParameters, 'promptIds' | 'contexts'> {
    const { assistantPrefix } = asked;
    const begun = assistantPrefix === undefined ? {} : { assistantPrefix };
    if (contexts && 'conversations' in contexts) {
      const prompts = contexts.conversations.map((one) => this.#promptIds({ messages: one, ...begun }));
      const { question, ...read } = idsOfPrompts(prompts);
      return { promptIds: question, contexts: { method: contexts.method, ...read } };
    }
    const promptIds = this.#promptIds(asked);
    if (!contexts) return { promptIds };
    const { question, ...read } = idsOfTexts(contexts.texts, promptIds, this.#tokenizer);
    return { promptIds: question, contexts: { method: contexts.method, ...read } };
  }

  #promptIds({ messages, prompt, assistantPrefix, tokenIds: given }: Omit<ReadFrom, 'contexts'>): readonly number[] {
    if (messages) return this.#template.encode(messages, assistantPrefix === undefined ? {} : { assistantPrefix });
    const tokenIds = prompt === undefined ? given : this.tokenize(prompt);
    if (!tokenIds) throw fault('LS3005', say('a request needs messages, a prompt or token ids'));
    return assistantPrefix === undefined ? tokenIds : [...tokenIds, ...this.#tokenizer.encode(assistantPrefix)];
  }
}
