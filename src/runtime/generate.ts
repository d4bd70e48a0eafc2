/** One request from its prompt's ids to its last token: prefill in slices, sampling, streaming; cancellable between steps. */
import { throwIfCancelled, yieldToEventLoop } from '../base/cancellation.ts';
import { fault } from '../base/errors.ts';
import type { Hyperparameters } from '../models/architectures/hyperparameters.ts';
import { Detokenizer } from '../models/tokenizer/detokenizer.ts';
import type { Tokenizer } from '../models/tokenizer/tokenizer.ts';
import type { ConstraintState } from './constraints/constraint.ts';
import type { DecodeEvent, DecodeRequest, DecodeResult } from './decoder.ts';
import type { Inference } from './inference.ts';
import { generationScheme } from './positions/scheme.ts';
import { biasTable } from './sampling/logit-bias.ts';
import { Sampler } from './sampling/sampler.ts';
import { type RankedLogit, topLogits } from './sampling/top-logits.ts';
import { StopStrings } from './stop-strings.ts';

export interface GenerateOptions extends Omit<
  DecodeRequest,
  'messages' | 'assistantPrefix' | 'tokenIds' | 'constraint'
> {
  readonly promptIds: readonly number[];
  readonly constraint: ConstraintState | null;
}

/** What a request runs on. */
export interface GenerateContext {
  readonly inference: Inference;
  readonly hyperparameters: Hyperparameters;
  readonly tokenizer: Tokenizer;
  /** Milliseconds the model took to open, when it was opened for this request. */
  readonly loadMs: number;
}

/**
 * @throws LS3003, LS3006, LS3007 for positions, masks or retrieval that there are not, LS3004 for a prompt longer than the context
 * without a window, LS3005 for ids that are not in the vocabulary or options that do not go together, LS3002 when a step fails, CancelledError between two steps
 */
export async function generate(
  context: GenerateContext,
  options: GenerateOptions,
  onEvent: (event: DecodeEvent) => void,
  signal: AbortSignal,
): Promise<DecodeResult> {
  const { inference, tokenizer, hyperparameters } = context;
  const { promptIds, constraint } = options;
  const started = performance.now();
  checkIds(promptIds, hyperparameters.vocabulary);
  const bias = biasTable(options.logitBias ?? [], tokenizer);
  const scheme = generationScheme(hyperparameters, options, promptIds.length, options.maxTokens);
  const reusedTokens = inference.begin(promptIds, scheme);

  let logits: Float32Array = new Float32Array(0);
  for (let done = reusedTokens; done < promptIds.length;) {
    throwIfCancelled(signal);
    const slice = promptIds.slice(done, done + inference.sliceLength('last'));
    logits = await inference.step(slice, 'last');
    done += slice.length;
    onEvent({ type: 'prefill', done, total: promptIds.length });
    await yieldToEventLoop();
  }
  const prefilled = performance.now();

  const sampler = new Sampler(options.sampling, promptIds, bias);
  const output = new OutputText(tokenizer, options.stop ?? []);
  const tokenIds: number[] = [];
  const best: (readonly RankedLogit[])[] = [];
  let quotes = 0;
  let firstToken = prefilled;
  let finish: DecodeResult['finish'] = 'length';
  while (tokenIds.length < options.maxTokens) {
    throwIfCancelled(signal);
    const allowed = constraint?.allowed() ?? null;
    if (allowed?.length === 0) {
      finish = 'constraint';
      break;
    }
    if (options.topLogits) best.push(topLogits(logits, options.topLogits));
    const id = sampler.next(logits, allowed);
    tokenIds.push(id);
    if (tokenIds.length === 1) firstToken = performance.now();
    constraint?.accept(id);
    for (const quote of constraint?.quotes().slice(quotes) ?? []) {
      quotes++;
      onEvent({ type: 'quote', ...quote });
    }
    if (tokenizer.endIds.includes(id)) {
      finish = 'end-token';
      break;
    }
    const { text, stopped } = output.push(id);
    onEvent({ type: 'token', id, text });
    if (stopped) {
      finish = 'stop-string';
      break;
    }
    if (tokenIds.length < options.maxTokens) logits = await inference.step([id], 'last');
    await yieldToEventLoop();
  }
  const rest = output.flush();
  const lastId = tokenIds.at(-1);
  if (rest && lastId !== undefined) onEvent({ type: 'token', id: lastId, text: rest });

  const ended = performance.now();
  const decodeMs = ended - firstToken;
  return {
    promptTokenIds: promptIds,
    tokenIds,
    text: output.text,
    topLogits: best,
    finish,
    quotes: constraint?.quotes() ?? [],
    prefillTokens: promptIds.length - reusedTokens,
    reusedTokens,
    decodeTokensPerSecond: tokenIds.length > 1 && decodeMs > 0 ? ((tokenIds.length - 1) / decodeMs) * 1000 : 0,
    timings: {
      loadMs: context.loadMs,
      prefillMs: prefilled - started,
      firstTokenMs: firstToken - started,
      decodeMs,
      totalMs: ended - started,
    },
  };
}

/** @throws LS3005 for an empty list or an id outside the vocabulary */
export function checkIds(ids: readonly number[], vocabulary: number): void {
  if (ids.length === 0) throw fault('LS3005', 'without any token there is nothing to predict from');
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (wrong !== undefined)
    throw fault('LS3005', `token id ${String(wrong)} is not in the vocabulary of ${String(vocabulary)}`);
}

/** The text of the output so far: whole characters only, up to a stop string. */
class OutputText {
  readonly #detokenizer: Detokenizer;
  readonly #stops: StopStrings;
  #text = '';
  #stopped = false;

  constructor(tokenizer: Tokenizer, stops: readonly string[]) {
    this.#detokenizer = new Detokenizer(tokenizer);
    this.#stops = new StopStrings(stops);
  }

  get text(): string {
    return this.#text;
  }

  push(id: number): { readonly text: string; readonly stopped: boolean } {
    const result = this.#stops.push(this.#detokenizer.push(id));
    this.#text += result.text;
    this.#stopped = result.stopped;
    return result;
  }

  /** What was held back, at the end. */
  flush(): string {
    if (this.#stopped) return '';
    const { text, stopped } = this.#stops.push(this.#detokenizer.flush());
    const rest = stopped ? text : text + this.#stops.flush();
    this.#text += rest;
    return rest;
  }
}
