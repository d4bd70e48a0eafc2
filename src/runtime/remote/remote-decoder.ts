/**
 * A {@link Decoder} whose computing happens on a server. It holds the server to what a decoder here is held to: counts that are
 * exact or said to be estimates, nothing dropped in silence, quotes word for word, cancelled within moments.
 */
import { isCancelled } from '../../base/cancellation.ts';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Logger } from '../../base/logging.ts';
import type { PerplexityReport } from '../../protocol/models.ts';
import type { ChatMessage, DecodeEvent, DecodeRequest, DecodeResult, Decoder, DecoderInfo } from '../decoder.ts';
import type { PerplexityOptions } from '../generate/perplexity.ts';
import type { ServerConnection } from './connection.ts';
import { readQuotes } from './constraints/read-quotes.ts';
import { type Dialect, type Piece, type RemotePrompt, type WireRequest, serverNames } from './dialect.ts';
import { likelihoodReport } from './likelihood-report.ts';
import type { LocalRendering } from './local-rendering.ts';
import { unguardText } from './prompt-guard.ts';
import { type StreamedAnswer, streamAnswer } from './stream-answer.ts';
import { SortedOutput } from '../thoughts/sorted-output.ts';
import { type TurnStart, turnStart } from '../thoughts/turn-start.ts';
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
  /** What the server's template writes behind the last message; not asked for yet while undefined. */
  #answerStart: string | null | undefined;
  /** Whether the answers of a server that does not tell began inside a thought; null before the first. */
  #beginsInside: boolean | null = null;

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
      ...(!dialect.quotes && { quotes: false as const }),
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
        say(
          'it has {0}{1} tokens, and the context of {2} holds {3}',
          this.#counts.certainty === 'exact' ? '' : 'about ',
          String(counted),
          connection.address.host,
          String(dialect.contextLength),
        ),
      );
    const maxTokens = Math.min(request.maxTokens, room);
    const wire = await dialect.request({ ...request, prompt, maxTokens }, signal);
    const output = new Output(request, wire, await this.#turnStart(request, signal), onEvent);
    const answer = await streamAnswer(
      connection,
      wire,
      (piece) => {
        if (!signal.aborted) output.take(piece);
      },
      signal,
    );
    this.#checkWhole(request, wire, answer);
    const result = output.result(answer, started);
    this.#beginsInside = output.beganInside ?? this.#beginsInside;
    return result;
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
        say(
          '{0} tokens, and the context of {1} holds {2}',
          String(tokenIds.length),
          connection.address.host,
          String(dialect.contextLength),
        ),
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
    throw fault('LS3005', say('a request needs messages, a prompt or token ids'));
  }

  /** Where the answer begins, as far as that can be known. */
  async #turnStart(
    { messages, assistantPrefix, constraint }: DecodeRequest,
    signal: AbortSignal,
  ): Promise<TurnStart | null> {
    const { local, dialect, logger } = this.#parts;
    if (!messages) return null;
    if (local) return turnStart(local.answerStart(messages) + (assistantPrefix ?? ''), constraint);
    // The server goes on with an answer that was begun, and renders nothing before it.
    if (assistantPrefix !== undefined && dialect.kind !== 'llama.cpp') return turnStart('', constraint);
    if (this.#answerStart === undefined)
      try {
        this.#answerStart = dialect.answerStart ? await dialect.answerStart(signal) : '';
      } catch (error) {
        if (isCancelled(error)) throw error;
        logger.info({ error: String(error) }, 'the model server does not tell where its answers begin');
        this.#answerStart = null;
      }
    const known = this.#answerStart ?? (this.#beginsInside === false ? '' : null);
    return turnStart(known === null ? null : known + (assistantPrefix ?? ''), constraint, this.#beginsInside === true);
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
      say('{0} read {1} of {2}{3} tokens', connection.address.host, String(promptTokens), about, String(counted)),
    );
  }

  #cannot(what: string): Error {
    const { connection, dialect } = this.#parts;
    return fault('LS3213', say('{0} at {1} cannot {2}', serverNames[dialect.kind], connection.address.host, what));
  }
}

/** The output of one request as it grows. */
class Output {
  readonly #request: DecodeRequest;
  readonly #wire: WireRequest;
  readonly #onEvent: (event: DecodeEvent) => void;
  readonly #sorted: SortedOutput;
  #text = '';
  #pieces = 0;
  #firstAt: number | null = null;

  constructor(
    request: DecodeRequest,
    wire: WireRequest,
    start: TurnStart | null,
    onEvent: (event: DecodeEvent) => void,
  ) {
    this.#sorted = new SortedOutput(start, (text) => {
      onEvent({ type: 'thought', text });
    });
    this.#request = request;
    this.#wire = wire;
    this.#onEvent = onEvent;
  }

  /** See {@link SortedOutput.beganInside}. */
  get beganInside(): boolean | null {
    return this.#sorted.beganInside;
  }

  take({ text = '', thought = '', tokenIds = [], progress }: Piece): void {
    if (progress) this.#onEvent({ type: 'prefill', ...progress });
    if (text === '' && thought === '' && tokenIds.length === 0) return;
    this.#firstAt ??= performance.now();
    this.#pieces += Math.max(1, tokenIds.length);
    const answer = (thought === '' ? '' : this.#sorted.pushThought(thought)) + this.#sorted.push(text);
    this.#show(answer, tokenIds[0]);
  }

  result(answer: StreamedAnswer, started: number): DecodeResult {
    const rest = this.#sorted.end(answer.finish === 'length');
    if (rest !== '') this.#show(rest, undefined);
    const { constraint, topLogits = 0 } = this.#request;
    const text = this.#wire.unwrap ? this.#wire.unwrap(this.#text) : this.#text;
    const thoughts = unguardText(this.#sorted.thoughts);
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
      ...(thoughts !== '' && { thoughts }),
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

  /** Tells of tokens whose text is held back or is thought too: that it works is news. */
  #show(text: string, id: number | undefined): void {
    const shown = unguardText(text);
    this.#text += shown;
    // What is wrapped in a document of JSON is no text to be shown.
    this.#onEvent({ type: 'token', id: id ?? unknownTokenId, text: this.#wire.unwrap ? '' : shown });
  }
}

/** Without the folder and the ending of a file. */
function shortName(model: string): string {
  const name = model.split(/[\\/]/).at(-1) ?? model;
  return name.replace(/\.gguf$/i, '') || model;
}
