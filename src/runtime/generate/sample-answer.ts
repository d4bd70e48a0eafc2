/** The answer of a request, token by token, from the logits behind its prompt: constraint, sampling, text, stop strings, events. */
import { throwIfCancelled, yieldToEventLoop } from '../../base/cancellation.ts';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import type { ConstraintState } from '../constraints/constraint.ts';
import type { DecodeEvent, DecodeRequest, DecodeResult } from '../decoder.ts';
import { OutputText } from './output-text.ts';
import type { BiasTable } from '../sampling/logit-bias.ts';
import { Sampler } from '../sampling/sampler.ts';
import { type RankedLogit, topLogits } from '../sampling/top-logits.ts';
import type { TurnStart } from '../thoughts/turn-start.ts';

/** Where the logits come from. */
export interface AnswerSteps {
  /**
   * Takes the token that was chosen.
   * @param wanted how many tokens may follow it, this step's own included
   * @returns logits of the next one, [vocabulary]; the caller may write to them
   */
  after(id: number, wanted: number): Promise<Float32Array>;
}

export interface AnswerOptions extends Pick<DecodeRequest, 'maxTokens' | 'sampling' | 'stop' | 'topLogits'> {
  /** Its last tokens count for the repetition penalty. */
  readonly promptIds: readonly number[];
  readonly constraint: ConstraintState | null;
  readonly turnStart?: TurnStart | null;
  readonly bias: BiasTable;
}

export interface Answer extends Pick<
  DecodeResult,
  'tokenIds' | 'text' | 'thoughts' | 'topLogits' | 'finish' | 'quotes'
> {
  /** `performance.now()` when the first token was chosen; null without any. */
  readonly firstTokenAt: number | null;
}

/** @param first logits behind the prompt @throws CancelledError between two tokens, and what a step throws */
export async function sampleAnswer(
  options: AnswerOptions,
  tokenizer: Tokenizer,
  first: Float32Array,
  steps: AnswerSteps,
  onEvent: (event: DecodeEvent) => void,
  signal: AbortSignal,
): Promise<Answer> {
  const { constraint, maxTokens } = options;
  const sampler = new Sampler(options.sampling, options.promptIds, options.bias);
  const output = new OutputText(tokenizer, options.stop ?? [], options.turnStart ?? null, (text) => {
    onEvent({ type: 'thought', text });
  });
  const tokenIds: number[] = [];
  const best: (readonly RankedLogit[])[] = [];
  let logits = first;
  let quotes = 0;
  let firstTokenAt: number | null = null;
  let finish: DecodeResult['finish'] = 'length';
  while (tokenIds.length < maxTokens) {
    throwIfCancelled(signal);
    const allowed = constraint?.allowed() ?? null;
    if (allowed?.length === 0) {
      finish = 'constraint';
      break;
    }
    if (options.topLogits) best.push(topLogits(logits, options.topLogits));
    // One number that is none spreads through a layer to all of them.
    if (Number.isNaN(logits[0])) throw fault('LS3002', say('its file is damaged: its output is not a number'));
    const id = sampler.next(logits, allowed);
    tokenIds.push(id);
    firstTokenAt ??= performance.now();
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
    const wanted = maxTokens - tokenIds.length;
    if (wanted > 0) logits = await steps.after(id, wanted);
    await yieldToEventLoop();
  }
  const rest = output.flush(finish === 'length');
  const lastId = tokenIds.at(-1);
  if (rest && lastId !== undefined) onEvent({ type: 'token', id: lastId, text: rest });
  const { text, thoughts } = output;
  const quoted = constraint?.quotes() ?? [];
  return {
    tokenIds,
    text,
    ...(thoughts !== '' && { thoughts }),
    topLogits: best,
    finish,
    quotes: quoted,
    firstTokenAt,
  };
}
