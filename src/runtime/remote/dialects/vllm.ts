/** vLLM (docs.vllm.ai, "OpenAI-Compatible Server"): counts and splits by /tokenize, holds output by structured outputs. */
import { z } from 'zod';
import type { ServerConnection } from '../connection.ts';
import { quotePattern } from '../constraints/quote-forms.ts';
import { behindMessage, sampleMessage } from '../answer-start.ts';
import type { Dialect } from '../dialect.ts';
import { guardMessages } from '../prompt-guard.ts';
import { type Variation, openAiDialect } from './openai.ts';
import type { ServedModel } from './served-models.ts';

const tokenized = z.looseObject({ count: z.int().nonnegative(), tokens: z.array(z.int().nonnegative()) });
const detokenized = z.looseObject({ prompt: z.string() });
const versioned = z.looseObject({ version: z.string() });
/** Tokens of the sample message and of whatever a template writes behind it. */
const longestTail = 96;
/** Thinking aloud would use up the answer: the evidence is in the prompt already. */
const noThinking = { chat_template_kwargs: { enable_thinking: false } };

export async function openVllm(
  connection: ServerConnection,
  served: ServedModel,
  contextLength: number,
  signal: AbortSignal,
): Promise<Dialect> {
  const { rootPath } = connection.address;
  const model = served.id;
  const { version } = await connection.json(`${rootPath}/version`, null, versioned, signal);
  const split = (body: object, s: AbortSignal): Promise<z.infer<typeof tokenized>> =>
    connection.json(`${rootPath}/tokenize`, { model, ...body }, tokenized, s);
  return openAiDialect({
    connection,
    variation: variationOf(version),
    model,
    contextLength,
    fingerprint: served.fingerprint,
    counting: {
      text: async (prompt, s) => (await split({ prompt, add_special_tokens: false }, s)).count,
      chat: async (messages, s) =>
        (await split({ messages: guardMessages(messages), add_generation_prompt: true, ...noThinking }, s)).count,
    },
    answerStart: async (s) => {
      const { tokens } = await split({ messages: [sampleMessage], add_generation_prompt: true, ...noThinking }, s);
      const body = { model, tokens: tokens.slice(-longestTail) };
      const { prompt } = await connection.json(`${rootPath}/detokenize`, body, detokenized, s);
      return behindMessage(prompt);
    },
    tokenize: async (prompt, s) => (await split({ prompt, add_special_tokens: true }, s)).tokens,
  });
}

/** Version 0.12 takes only `structured_outputs`, those before 0.11 only the `guided_` fields. */
function variationOf(version: string): Variation {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > 0 || minor >= 11;
  const pattern = (regex: string): object => (isNew ? { structured_outputs: { regex } } : { guided_regex: regex });
  return {
    kind: 'vllm',
    sampling: ({ topK, minP, repetitionPenalty }) => ({
      top_k: topK > 0 ? topK : -1,
      min_p: minP,
      repetition_penalty: repetitionPenalty,
    }),
    constrain: (constraint) => {
      if (constraint.kind === 'json-schema')
        return {
          fields: isNew ? { structured_outputs: { json: constraint.schema } } : { guided_json: constraint.schema },
        };
      const regex = constraint.kind === 'quote' ? quotePattern(constraint) : constraint.pattern;
      return regex === null ? null : { fields: pattern(regex) };
    },
    continueAssistant: { continue_final_message: true, add_generation_prompt: false },
    chatFields: noThinking,
    takesIds: true,
    candidateIds: true,
    streamsUsage: true,
    echoesLikelihoods: true,
  };
}
