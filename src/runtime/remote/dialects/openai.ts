/**
 * Servers with OpenAI's interface (developers of OpenAI, "Chat completions", "Completions"), and as variations of it vLLM, SGLang
 * and llama-cpp-python. Of a server that is none of these only what OpenAI itself documents is used.
 */
import { z } from 'zod';
import { fault } from '../../../base/errors.ts';
import { say } from '../../../base/sentences.ts';
import type { Constraint } from '../../decoder.ts';
import type { ServerConnection } from '../connection.ts';
import { cannotConstrain } from '../constraints/unsupported.ts';
import {
  type Dialect,
  type RemoteRequest,
  type ServerCounting,
  type ServerKind,
  type WireRequest,
  serverNames,
} from '../dialect.ts';
import { guardMessages } from '../prompt-guard.ts';
import { readOpenAiDocument } from './openai-stream.ts';

/** In what a kind of server differs from OpenAI's own. */
export interface Variation {
  readonly kind: ServerKind;
  /** Sampling beyond temperature, top-p and seed. */
  readonly sampling: (sampling: RemoteRequest['sampling']) => object;
  /** Fields that hold the output; null when it cannot be held to this. */
  readonly constrain: (
    constraint: Constraint,
  ) => { readonly fields: object; readonly unwrap?: (text: string) => string } | null;
  /** Fields that make it go on with an assistant's message that stands last; null when it always begins a new one. */
  readonly continueAssistant: object | null;
  readonly chatFields: object;
  /** Whether a raw prompt may be a list of ids. */
  readonly takesIds: boolean;
  /** Whether the ids of the best candidates can be had. */
  readonly candidateIds: boolean;
  /** Whether a stream ends with the counts when asked to. */
  readonly streamsUsage: boolean;
  /** Whether `echo` with `logprobs` tells how likely the prompt was. */
  readonly echoesLikelihoods: boolean;
}

export const plainOpenAi: Variation = {
  kind: 'openai',
  sampling: () => ({}),
  constrain: () => null,
  continueAssistant: null,
  chatFields: {},
  takesIds: false,
  candidateIds: false,
  streamsUsage: true,
  echoesLikelihoods: false,
};

/** Whoever can be held to this can be held to every quote. */
const anyQuote: Constraint = { kind: 'quote', texts: [{ id: '', text: 'a line' }], maxLines: 1, maxQuotes: 1 };

export interface OpenAiDialectOptions {
  readonly connection: ServerConnection;
  readonly variation: Variation;
  readonly model: string;
  readonly contextLength: number;
  readonly fingerprint: string;
  readonly counting: ServerCounting | null;
  readonly tokenize: Dialect['tokenize'];
  /** Left out: the server does not tell. */
  readonly answerStart?: Dialect['answerStart'];
  /** For servers whose raw prompts are texts: ids back to text. */
  readonly detokenize?: (ids: readonly number[], signal: AbortSignal) => Promise<string>;
}

export function openAiDialect(options: OpenAiDialectOptions): Dialect {
  const { connection, variation, model, contextLength, fingerprint, counting, tokenize } = options;
  return {
    kind: variation.kind,
    model,
    contextLength,
    fingerprint,
    counting,
    quotes: variation.constrain(anyQuote) !== null,
    tokenize,
    answerStart: options.answerStart ?? (() => Promise.resolve(null)),
    request: (request, signal) => wire(request, options, signal),
    likelihoods: variation.echoesLikelihoods ? (ids, signal) => likelihoods(ids, options, connection, signal) : null,
  };
}

async function wire(request: RemoteRequest, options: OpenAiDialectOptions, signal: AbortSignal): Promise<WireRequest> {
  const { variation, model, connection } = options;
  const { prompt, sampling, maxTokens, stop, topLogits } = request;
  const held = request.constraint ? variation.constrain(request.constraint) : null;
  if (request.constraint && !held) throw cannotConstrain(variation.kind, request.constraint);
  if (topLogits && !variation.candidateIds) throw cannot(variation.kind, 'say the ids of the best tokens');
  const common = {
    model,
    stream: true,
    ...(variation.streamsUsage && { stream_options: { include_usage: true } }),
    max_tokens: maxTokens,
    temperature: sampling.temperature,
    ...(sampling.temperature > 0 && { top_p: sampling.topP }),
    seed: sampling.seed,
    ...variation.sampling(sampling),
    ...(stop && stop.length > 0 && { stop }),
    ...logitBias(request, variation.kind),
    ...held?.fields,
  };
  const base = connection.address.basePath;
  const rest = { framing: 'events', read: readOpenAiDocument, ...(held?.unwrap && { unwrap: held.unwrap }) } as const;
  if (prompt.kind === 'messages') {
    const { assistantPrefix } = request;
    if (assistantPrefix !== undefined && !variation.continueAssistant)
      throw cannot(variation.kind, 'go on with an answer that was begun for them');
    const messages: readonly object[] = guardMessages(prompt.messages);
    const begun = assistantPrefix === undefined ? [] : [{ role: 'assistant', content: assistantPrefix }];
    const body = {
      ...common,
      messages: [...messages, ...begun],
      ...variation.chatFields,
      ...(assistantPrefix !== undefined && variation.continueAssistant),
      ...(topLogits && { logprobs: true, top_logprobs: topLogits, return_tokens_as_token_ids: true }),
    };
    return { path: `${base}/chat/completions`, body, ...rest };
  }
  const raw = await rawPrompt(prompt, request.assistantPrefix ?? '', options, signal);
  const promptIds = prompt.kind === 'ids' && request.assistantPrefix === undefined ? { promptIds: prompt.ids } : {};
  const body = { ...common, prompt: raw, ...(topLogits && { logprobs: topLogits, return_tokens_as_token_ids: true }) };
  return { path: `${base}/completions`, body, ...rest, ...promptIds };
}

async function rawPrompt(
  prompt: Exclude<RemoteRequest['prompt'], { kind: 'messages' }>,
  prefix: string,
  { variation, tokenize, detokenize }: OpenAiDialectOptions,
  signal: AbortSignal,
): Promise<string | readonly number[]> {
  if (prompt.kind === 'text') return prompt.text + prefix;
  if (variation.takesIds) {
    if (prefix === '') return prompt.ids;
    if (tokenize) return [...prompt.ids, ...(await tokenize(prefix, signal))];
  }
  if (detokenize) return (await detokenize(prompt.ids, signal)) + prefix;
  throw cannot(variation.kind, 'take a prompt as token ids');
}

function logitBias({ logitBias: biases }: RemoteRequest, kind: ServerKind): object {
  if (!biases || biases.length === 0) return {};
  const entries = biases.map(({ token, bias }): [string, number] => {
    if (typeof token !== 'number') throw cannot(kind, 'change the likelihood of a token by its text; give its id');
    // OpenAI's scale: -100 rules a token out.
    return [String(token), bias === 'never' ? -100 : Math.max(-100, Math.min(100, bias))];
  });
  return { logit_bias: Object.fromEntries(entries) };
}

const echoed = z.looseObject({
  choices: z
    .array(z.looseObject({ logprobs: z.looseObject({ token_logprobs: z.array(z.number().nullable()) }) }))
    .min(1),
});

async function likelihoods(
  ids: readonly number[],
  options: OpenAiDialectOptions,
  connection: ServerConnection,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const prompt = await rawPrompt({ kind: 'ids', ids }, '', options, signal);
  const body = { model: options.model, prompt, max_tokens: 1, temperature: 0, echo: true, logprobs: 1 };
  const { choices } = await connection.json(`${connection.address.basePath}/completions`, body, echoed, signal);
  // The first has nothing before it; the last is the token that had to be generated.
  const values = choices[0]?.logprobs.token_logprobs.slice(1, ids.length) ?? [];
  if (values.length !== ids.length - 1 || values.some((value) => value === null))
    throw fault(
      'LS3208',
      say('{0} sent {1} likelihoods of {2}', connection.address.host, String(values.length), String(ids.length)),
    );
  return values.map((value) => -(value ?? 0));
}

function cannot(kind: ServerKind, what: string): Error {
  return fault('LS3213', say('{0}s do not {1}', serverNames[kind], what));
}
