/** SGLang (docs.sglang.io): splits texts by /tokenize, holds output to a regular expression; it renders no conversation apart. */
import { z } from 'zod';
import type { ServerConnection } from '../connection.ts';
import { quotePattern } from '../constraints/quote-forms.ts';
import type { Dialect } from '../dialect.ts';
import { type Variation, openAiDialect } from './openai.ts';
import { hasEndpoint } from './endpoint.ts';
import type { ServedModel } from './served-models.ts';

const tokenized = z.looseObject({ count: z.int().nonnegative(), tokens: z.array(z.int().nonnegative()) });

const variation: Variation = {
  kind: 'sglang',
  sampling: ({ topK, minP, repetitionPenalty }) => ({
    top_k: topK > 0 ? topK : -1,
    min_p: minP,
    repetition_penalty: repetitionPenalty,
  }),
  constrain: (constraint) => {
    if (constraint.kind === 'json-schema')
      return {
        fields: {
          response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: constraint.schema } },
        },
      };
    const regex = constraint.kind === 'quote' ? quotePattern(constraint) : constraint.pattern;
    return regex === null ? null : { fields: { regex } };
  },
  continueAssistant: { continue_final_message: true },
  chatFields: { chat_template_kwargs: { enable_thinking: false } },
  takesIds: true,
  candidateIds: false,
  streamsUsage: true,
  echoesLikelihoods: true,
};

export async function openSglang(
  connection: ServerConnection,
  served: ServedModel,
  contextLength: number,
  signal: AbortSignal,
): Promise<Dialect> {
  const path = `${connection.address.rootPath}/tokenize`;
  const model = served.id;
  const split = (prompt: string, special: boolean, s: AbortSignal): Promise<z.infer<typeof tokenized>> =>
    connection.json(path, { model, prompt, add_special_tokens: special }, tokenized, s);
  // Versions before 0.5 have no such endpoint.
  const splits = await hasEndpoint(connection, path, { model, prompt: 'a' }, signal);
  return openAiDialect({
    connection,
    variation,
    model,
    contextLength,
    fingerprint: served.fingerprint,
    counting: splits ? { text: async (text, s) => (await split(text, false, s)).count, chat: null } : null,
    tokenize: splits ? async (text, s) => (await split(text, true, s)).tokens : null,
  });
}
