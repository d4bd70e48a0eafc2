/**
 * A {@link Decoder} whose computing happens on a server. It holds the server to what a decoder here is held to: counts that are
 * exact or said to be estimates, nothing dropped in silence, quotes word for word, cancelled within moments.
 */
import { fault } from '../../base/errors.ts';
import type { Logger } from '../../base/logging.ts';
import type { PerplexityReport } from '../../protocol/models.ts';
import type { ChatMessage, DecodeEvent, DecodeRequest, DecodeResult, Decoder, DecoderInfo } from '../decoder.ts';
import type { PerplexityOptions } from '../perplexity.ts';
import type { ServerConnection } from './connection.ts';
import { readQuotes } from './constraints/read-quotes.ts';
import { type Dialect, type Piece, type RemotePrompt, type WireRequest, serverNames } from './dialect.ts';
import { likelihoodReport } from './likelihood-report.ts';
import type { LocalRendering } from './local-rendering.ts';
import { unguardText } from './prompt-guard.ts';
import { ReasoningFilter } from './reasoning.ts';
import { type StreamedAnswer, streamAnswer } from './stream-answer.ts';
import { TokenCounts } from './token-counts.ts';

export interface RemoteParts {
  readonly connection: ServerConnection;
  readonly dialect: Dialect;
  /** null when the model's file does not lie on this machine. */
  readonly local: LocalRendering | null;
  readonly logger: Logger;
}

/** The id of a token that a server tells only as text. */
const unknownTokenId = -1;

export class RemoteDecoder implements Decoder {
  readonly #parts: RemoteParts;
  readonly #counts: TokenCounts;

  constructor(parts: RemoteParts) {
    this.#parts = parts;
    this.#counts = new TokenCounts(parts.dialect.counting, parts.local);
  }

  get info(): DecoderInfo {
    const { connection, dialect } = this.#parts;
    const { host, isLoopback } = connection.address;
    return {
      id: `${host}/${dialect.model}`,
      displayName: shortName(dialect.model),
      architecture: 'served',
      contextLength: dialect.contextLength,
      provider: `${serverNames[dialect.kind]} at ${host}`,
      memory: 0,
      tokenCounts: this.#counts.certainty,
      server: { host, software: serverNames[dialect.kind], isLoopback },
      fingerprint: JSON.stringify([dialect.kind, dialect.fingerprint]),
    };
  }

  countTokens(text: string): number {
    return this.#counts.text(text);
  }

  countChatTokens(messages: readonly ChatMessage[]): number {
    return this.#counts.chat(messages);
  }

  settleCounts(signal: AbortSignal): Promise<boolean> {
    return this.#counts.settle(signal);
  }

  async tokenize(text: string): Promise<readonly number[]> {
    const { dialect, local } = this.#parts;
    if (local) return local.encodePrompt(text);
    if (!dialect.tokenize) throw this.#cannot('split a text into tokens apart from answering it');
    return dialect.tokenize(text, new AbortController().signal);
  }

  async decode(request: DecodeRequest, onEvent: (e: DecodeEvent) => void, signal: AbortSignal): Promise<DecodeResult> {
    if (request.contexts) throw this.#cannot('read several contexts apart from each other');
    if (request.mask !== undefined || request.retrieval !== undefined)
      throw this.#cannot('look at a part of its cache');
    if (request.window) throw this.#cannot('keep sinks and a window in its cache');
    if (request.rope !== undefined && request.rope !== 'default')
      throw this.#cannot('change how positions are rotated');
    const started = performance.now();
    const { dialect, connection } = this.#parts;
    const prompt = this.#prompt(request);
    const counted = await this.#count(request, prompt, signal);
    const room = dialect.contextLength - (counted ?? 0);
    if (room < 1)
      throw fault(
        'LS3214',
        `it has ${this.#counts.certainty === 'exact' ? '' : 'about '}${String(counted)} tokens, and the context of ${connection.address.host} holds ${String(dialect.contextLength)}`,
      );
    const maxTokens = Math.min(request.maxTokens, room);
    const wire = await dialect.request({ ...request, prompt, maxTokens }, signal);
    const output = new Output(request, wire, onEvent);
    const answer = await streamAnswer(
      connection,
      wire,
      (piece) => {
        if (!signal.aborted) output.take(piece);
      },
      signal,
    );
    this.#checkWhole(request, wire, answer);
    return output.result(answer, started);
  }

  async perplexity(
    { tokenIds, window, rope, mask, retrieval, bucket }: PerplexityOptions,
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): Promise<PerplexityReport> {
    const { dialect, connection } = this.#parts;
    if (mask !== undefined || retrieval !== undefined) throw this.#cannot('look at a part of its cache');
    if (window) throw this.#cannot('keep sinks and a window in its cache');
    if (rope !== undefined && rope !== 'default') throw this.#cannot('change how positions are rotated');
    if (!dialect.likelihoods) throw this.#cannot('say how likely a given text is');
    if (tokenIds.length >= dialect.contextLength)
      throw fault(
        'LS3214',
        `${String(tokenIds.length)} tokens, and the context of ${connection.address.host} holds ${String(dialect.contextLength)}`,
      );
    const costs = await dialect.likelihoods(tokenIds, signal);
    onProgress(tokenIds.length);
    return likelihoodReport(costs, bucket);
  }

  dispose(): Promise<void> {
    this.#parts.connection.dispose();
    return Promise.resolve();
  }

  #prompt({ messages, prompt, tokenIds }: DecodeRequest): RemotePrompt {
    const { local } = this.#parts;
    if (messages) return local ? { kind: 'text', text: local.render(messages) } : { kind: 'messages', messages };
    if (prompt !== undefined) return { kind: 'text', text: prompt };
    if (tokenIds) return { kind: 'ids', ids: tokenIds };
    throw fault('LS3005', 'a request needs messages, a prompt or token ids');
  }

  /** Tokens of the whole prompt; null where nobody can say. */
  async #count(request: DecodeRequest, prompt: RemotePrompt, signal: AbortSignal): Promise<number | null> {
    const { assistantPrefix, messages } = request;
    if (prompt.kind === 'ids') return prompt.ids.length;
    const count = (): number =>
      (messages ? this.#counts.chat(messages) : this.#counts.text(request.prompt ?? '')) +
      (assistantPrefix === undefined ? 0 : this.#counts.text(assistantPrefix));
    count();
    await this.#counts.settle(signal);
    return count();
  }

  /** Holds what the server reports against what was sent. @throws LS3211 */
  #checkWhole({ messages, assistantPrefix }: DecodeRequest, wire: WireRequest, answer: StreamedAnswer): void {
    const { connection, dialect, logger } = this.#parts;
    const { promptTokens } = answer;
    if (promptTokens === null) return;
    const sent = wire.promptIds?.length;
    const isWhole =
      sent !== undefined
        ? promptTokens >= sent
        : !messages || assistantPrefix !== undefined || this.#counts.report(messages, promptTokens);
    // A prompt that fills the context to the brim was longer: one that fits leaves room for the answer.
    if (isWhole && promptTokens < dialect.contextLength) return;
    const counted = sent ?? (messages ? this.#counts.chat(messages) : 0);
    logger.warn(
      { server: connection.address.host, counted, promptTokens },
      'the model server dropped a part of the prompt',
    );
    const about = this.#counts.certainty === 'exact' ? '' : 'about ';
    throw fault(
      'LS3211',
      `${connection.address.host} read ${String(promptTokens)} of ${about}${String(counted)} tokens`,
    );
  }

  #cannot(what: string): Error {
    const { connection, dialect } = this.#parts;
    return fault('LS3213', `${serverNames[dialect.kind]} at ${connection.address.host} cannot ${what}`);
  }
}

/** The output of one request as it grows. */
class Output {
  readonly #request: DecodeRequest;
  readonly #wire: WireRequest;
  readonly #onEvent: (event: DecodeEvent) => void;
  readonly #reasoning = new ReasoningFilter();
  #text = '';
  #pieces = 0;
  #firstAt: number | null = null;

  constructor(request: DecodeRequest, wire: WireRequest, onEvent: (event: DecodeEvent) => void) {
    this.#request = request;
    this.#wire = wire;
    this.#onEvent = onEvent;
  }

  take({ text = '', tokenIds = [], progress }: Piece): void {
    if (progress) this.#onEvent({ type: 'prefill', ...progress });
    if (text === '' && tokenIds.length === 0) return;
    this.#firstAt ??= performance.now();
    this.#pieces += Math.max(1, tokenIds.length);
    this.#show(this.#reasoning.push(text), tokenIds[0]);
  }

  result(answer: StreamedAnswer, started: number): DecodeResult {
    this.#show(this.#reasoning.flush(), undefined);
    const { constraint, topLogits = 0 } = this.#request;
    const text = this.#wire.unwrap ? this.#wire.unwrap(this.#text) : this.#text;
    const quotes = constraint?.kind === 'quote' ? readQuotes(constraint, text) : [];
    for (const quote of quotes) this.#onEvent({ type: 'quote', ...quote });
    const ended = performance.now();
    const firstAt = this.#firstAt ?? ended;
    const decodeTokens = answer.completionTokens ?? this.#pieces;
    const decodeMs = ended - firstAt;
    const promptTokens = answer.promptTokens ?? this.#wire.promptIds?.length ?? 0;
    const reusedTokens = Math.min(answer.cachedTokens ?? 0, promptTokens);
    return {
      promptTokenIds: this.#wire.promptIds ?? [],
      tokenIds: answer.tokenIds,
      text,
      topLogits: answer.candidates.map((step) => step.slice(0, topLogits)),
      finish: answer.finish,
      quotes,
      prefillTokens: promptTokens - reusedTokens,
      reusedTokens,
      decodeTokens,
      decodeTokensPerSecond: decodeTokens > 1 && decodeMs > 0 ? ((decodeTokens - 1) / decodeMs) * 1000 : 0,
      timings: {
        loadMs: 0,
        prefillMs: firstAt - started,
        firstTokenMs: firstAt - started,
        decodeMs,
        totalMs: ended - started,
      },
    };
  }

  #show(text: string, id: number | undefined): void {
    const shown = unguardText(text);
    this.#text += shown;
    if (shown === '') return;
    // What is wrapped in a document of JSON is no text to be shown.
    this.#onEvent({ type: 'token', id: id ?? unknownTokenId, text: this.#wire.unwrap ? '' : shown });
  }
}

/** Without the folder and the ending of a file. */
function shortName(model: string): string {
  const name = model.split(/[\\/]/).at(-1) ?? model;
  return name.replace(/\.gguf$/i, '') || model;
}
