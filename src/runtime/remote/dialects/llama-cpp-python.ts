/**
 * llama-cpp-python's server (llama-cpp-python.readthedocs.io, "OpenAI Compatible Web Server"): OpenAI's interface with
 * grammars, and /extras to count and split. It neither renders conversations apart nor states its context.
 */
import { z } from 'zod';
import { LongsightError } from '../../../base/errors.ts';
import type { ServerConnection } from '../connection.ts';
import { quoteGrammar } from '../constraints/quote-forms.ts';
import type { Dialect } from '../dialect.ts';
import { type Variation, openAiDialect } from './openai.ts';
import type { ServedModel } from './served-models.ts';

const counted = z.looseObject({ count: z.int().nonnegative() });
const tokenized = z.looseObject({ tokens: z.array(z.int().nonnegative()) });
const detokenized = z.looseObject({ text: z.string() });

const variation: Variation = {
  kind: 'llama-cpp-python',
  sampling: ({ topK, minP, repetitionPenalty }) => ({
    top_k: topK,
    min_p: minP,
    repeat_penalty: repetitionPenalty,
  }),
  constrain: (constraint) => {
    if (constraint.kind === 'regex') return null;
    if (constraint.kind === 'json-schema')
      return { fields: { response_format: { type: 'json_object', schema: constraint.schema } } };
    const grammar = quoteGrammar(constraint);
    return grammar === null ? null : { fields: { grammar } };
  },
  continueAssistant: null,
  chatFields: {},
  takesIds: false,
  candidateIds: false,
  streamsUsage: false,
  // It takes the probabilities of the prompt one token too late wherever the prompt begins without the beginning token.
  echoesLikelihoods: false,
};

export function openLlamaCppPython(connection: ServerConnection, served: ServedModel, contextLength: number): Dialect {
  const extras = `${connection.address.rootPath}/extras`;
  const model = served.id;
  const split = async (input: string, signal: AbortSignal): Promise<readonly number[]> =>
    (await connection.json(`${extras}/tokenize`, { model, input }, tokenized, signal)).tokens;
  return openAiDialect({
    connection,
    variation,
    model,
    contextLength,
    fingerprint: served.fingerprint,
    counting: {
      text: async (input, s) => (await connection.json(`${extras}/tokenize/count`, { model, input }, counted, s)).count,
      chat: null,
    },
    tokenize: split,
    detokenize: async (ids, s) =>
      (await connection.json(`${extras}/detokenize`, { model, tokens: ids }, detokenized, s)).text,
  });
}

/** Long enough for any context that a machine with this server has. */
const oversizedTokens = 1_200_000;

/**
 * The context, which the server tells only when it refuses a prompt for its length; it does so before it computes anything.
 * @returns null when it did not refuse as expected
 */
export async function askContextLength(
  connection: ServerConnection,
  model: string,
  signal: AbortSignal,
): Promise<number | null> {
  const body = { model, prompt: ' a'.repeat(oversizedTokens), max_tokens: 1 };
  try {
    (await connection.send(`${connection.address.basePath}/completions`, body, signal)).close();
    return null;
  } catch (error) {
    if (!(error instanceof LongsightError) || error.userError.code !== 'LS3214') throw error;
    const stated = /(?:maximum context length is|context window of) (\d+)/.exec(error.message)?.[1];
    return stated === undefined ? null : Number(stated);
  }
}
