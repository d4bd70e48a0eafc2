/**
 * llama.cpp's own server (tools/server/README.md): conversations are rendered by its template, split by its tokenizer, and
 * answered from exactly the ids that were counted; grammars hold the output, progress and probabilities are told.
 */
import { z } from 'zod';
import { fault } from '../../../base/errors.ts';
import { say } from '../../../base/sentences.ts';
import type { ChatMessage, Constraint } from '../../decoder.ts';
import type { ServerConnection } from '../connection.ts';
import { quoteGrammar } from '../constraints/quote-forms.ts';
import { cannotConstrain } from '../constraints/unsupported.ts';
import { behindMessage, sampleMessage } from '../answer-start.ts';
import type { Dialect, Piece, RemoteRequest, WireRequest } from '../dialect.ts';
import { guardMessages } from '../prompt-guard.ts';
import type { ServedModel } from './served-models.ts';

const properties = z.looseObject({
  default_generation_settings: z.looseObject({ n_ctx: z.int().positive() }),
});
const rendered = z.looseObject({ prompt: z.string() });
const tokenized = z.looseObject({ tokens: z.array(z.int().nonnegative()) });
const candidate = z.looseObject({ id: z.int().nonnegative(), logprob: z.number().nullish() });
const document = z.looseObject({
  content: z.string().default(''),
  tokens: z.array(z.int()).default([]),
  stop: z.boolean().default(false),
  stop_type: z.string().nullish(),
  tokens_evaluated: z.int().nullish(),
  tokens_predicted: z.int().nullish(),
  prompt_progress: z.looseObject({ total: z.int(), cache: z.int(), processed: z.int() }).nullish(),
  completion_probabilities: z.array(z.looseObject({ top_logprobs: z.array(candidate).default([]) })).nullish(),
  timings: z.looseObject({ cache_n: z.int().nullish() }).nullish(),
});
const finishes: Readonly<Record<string, Piece['finish']>> = { eos: 'end-token', limit: 'length', word: 'stop-string' };

export async function openLlamaCpp(
  connection: ServerConnection,
  served: ServedModel,
  signal: AbortSignal,
): Promise<Dialect> {
  const { rootPath } = connection.address;
  const model = served.id;
  const render = async (messages: readonly ChatMessage[], s: AbortSignal): Promise<string> => {
    const body = { model, messages: guardMessages(messages), chat_template_kwargs: { enable_thinking: false } };
    return (await connection.json(`${rootPath}/apply-template`, body, rendered, s)).prompt;
  };
  const split = async (content: string, special: boolean, s: AbortSignal): Promise<readonly number[]> => {
    const body = { model, content, add_special: special, parse_special: special };
    return (await connection.json(`${rootPath}/tokenize`, body, tokenized, s)).tokens;
  };
  const promptIds = async ({ prompt, assistantPrefix }: RemoteRequest, s: AbortSignal): Promise<readonly number[]> => {
    const ids =
      prompt.kind === 'ids'
        ? prompt.ids
        : prompt.kind === 'text'
          ? await splitPlain(prompt.text, s)
          : await split(await render(prompt.messages, s), true, s);
    return assistantPrefix === undefined ? ids : [...ids, ...(await split(assistantPrefix, false, s))];
  };
  /** Text as it stands: its control tokens are text, and the beginning token is there. */
  const splitPlain = async (content: string, s: AbortSignal): Promise<readonly number[]> => {
    const body = { model, content, add_special: true, parse_special: false };
    return (await connection.json(`${rootPath}/tokenize`, body, tokenized, s)).tokens;
  };
  const query = `?model=${encodeURIComponent(model)}`;
  const { default_generation_settings: settings } = await connection.json(
    `${rootPath}/props${query}`,
    null,
    properties,
    signal,
  );
  return {
    kind: 'llama.cpp',
    quotes: true,
    model,
    contextLength: settings.n_ctx,
    fingerprint: served.fingerprint,
    counting: {
      text: async (text, s) => (await split(text, false, s)).length,
      chat: async (messages, s) => (await split(await render(messages, s), true, s)).length,
    },
    tokenize: splitPlain,
    answerStart: async (s) => behindMessage(await render([sampleMessage], s)),
    request: async (request, s) => {
      const ids = await promptIds(request, s);
      return wire(request, ids, model, `${rootPath}/completion`);
    },
    likelihoods: null,
  };
}

function wire(request: RemoteRequest, ids: readonly number[], model: string, path: string): WireRequest {
  const { sampling, maxTokens, stop, topLogits, logitBias } = request;
  const body = {
    model,
    prompt: ids,
    stream: true,
    cache_prompt: true,
    return_tokens: true,
    return_progress: true,
    n_predict: maxTokens,
    temperature: sampling.temperature,
    top_k: sampling.topK,
    top_p: sampling.topP,
    min_p: sampling.minP,
    repeat_penalty: sampling.repetitionPenalty,
    repeat_last_n: sampling.repetitionWindow ?? 64,
    seed: sampling.seed,
    ...(stop && stop.length > 0 && { stop }),
    ...(topLogits && { n_probs: topLogits }),
    ...(logitBias &&
      logitBias.length > 0 && {
        logit_bias: logitBias.map(({ token, bias }) => [token, bias === 'never' ? false : bias]),
      }),
    ...(request.constraint && held(request.constraint)),
  };
  return { path, body, framing: 'events', promptIds: ids, read: (raw) => read(raw) };
}

function held(constraint: Constraint): object {
  switch (constraint.kind) {
    case 'quote': {
      const grammar = quoteGrammar(constraint);
      if (grammar === null) throw fault('LS3213', say('there is nothing that could be quoted'));
      return { grammar };
    }
    case 'json-schema':
      return { json_schema: constraint.schema };
    case 'regex':
      throw cannotConstrain('llama.cpp', constraint);
  }
}

function read(raw: unknown): Piece {
  const { content, tokens, stop, stop_type: stopType, ...rest } = document.parse(raw);
  const { prompt_progress: progress, completion_probabilities: probabilities, timings } = rest;
  const candidates = (probabilities ?? []).map(({ top_logprobs: best }) =>
    best.map(({ id, logprob }) => ({ id, logit: logprob ?? Number.NEGATIVE_INFINITY })),
  );
  const finish = stop ? (finishes[stopType ?? ''] ?? 'end-token') : undefined;
  return {
    ...(content !== '' && { text: content }),
    // Documents of progress carry an id that means nothing, and the last one repeats nothing.
    ...(!stop && !progress && tokens.length > 0 && { tokenIds: tokens }),
    ...(!stop && candidates.length > 0 && { candidates }),
    ...(finish && { finish }),
    ...(progress && { progress: { done: progress.processed, total: progress.total } }),
    ...(stop && rest.tokens_evaluated != null && { promptTokens: rest.tokens_evaluated }),
    ...(stop && rest.tokens_predicted != null && { completionTokens: rest.tokens_predicted }),
    ...(timings?.cache_n != null && { cachedTokens: timings.cache_n }),
  };
}
