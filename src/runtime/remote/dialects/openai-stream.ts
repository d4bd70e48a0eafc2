/** The documents of OpenAI's streams, of chats and of raw completions, with what vLLM, SGLang and llama.cpp add to them. */
import { z } from 'zod';
import type { Piece } from '../dialect.ts';

const usage = z.looseObject({
  prompt_tokens: z.int().nonnegative().nullish(),
  completion_tokens: z.int().nonnegative().nullish(),
  prompt_tokens_details: z.looseObject({ cached_tokens: z.int().nonnegative().nullish() }).nullish(),
});
const chatLogprobs = z.looseObject({
  content: z
    .array(
      z.looseObject({ top_logprobs: z.array(z.looseObject({ token: z.string(), logprob: z.number() })).default([]) }),
    )
    .nullish(),
});
const textLogprobs = z.looseObject({ top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish() });
/** vLLM and OpenRouter say `reasoning`; DeepSeek, SGLang, llama.cpp and older vLLM say `reasoning_content`. */
const message = z.looseObject({
  content: z.string().nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
});
const document = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        delta: message.nullish(),
        message: message.nullish(),
        text: z.string().nullish(),
        finish_reason: z.string().nullish(),
        logprobs: z.unknown().optional(),
      }),
    )
    .default([]),
  usage: usage.nullish(),
});

/** Reads a chunk of a stream, or a whole reply from a server that does not stream. @throws z.ZodError */
export function readOpenAiDocument(raw: unknown): Piece {
  const { choices, usage: counted } = document.parse(raw);
  const [choice] = choices;
  const text = choice?.delta?.content ?? choice?.message?.content ?? choice?.text ?? '';
  const told = choice?.delta ?? choice?.message;
  const thought = told?.reasoning_content ?? told?.reasoning ?? '';
  const finish = finishOf(choice?.finish_reason);
  const candidates = candidatesOf(choice?.logprobs);
  const cached = counted?.prompt_tokens_details?.cached_tokens;
  return {
    ...(text !== '' && { text }),
    ...(thought !== '' && { thought }),
    ...(finish && { finish }),
    ...(candidates.length > 0 && { candidates }),
    ...(counted?.prompt_tokens != null && { promptTokens: counted.prompt_tokens }),
    ...(counted?.completion_tokens != null && { completionTokens: counted.completion_tokens }),
    ...(cached != null && { cachedTokens: cached }),
  };
}

/** OpenAI's "stop" is the end token as well as a stop string. */
function finishOf(reason: string | null | undefined): Piece['finish'] {
  if (reason === null || reason === undefined || reason === '') return undefined;
  return reason === 'length' ? 'length' : 'end-token';
}

/** Only with ids in place of texts, as vLLM writes them when asked to: `token_id:123`. */
function candidatesOf(logprobs: unknown): NonNullable<Piece['candidates']> {
  const chat = chatLogprobs.safeParse(logprobs);
  if (chat.success && chat.data.content)
    return chat.data.content.map(({ top_logprobs: best }) =>
      best.flatMap(({ token, logprob }) => idOf(token, logprob)),
    );
  const text = textLogprobs.safeParse(logprobs);
  if (!text.success || !text.data.top_logprobs) return [];
  return text.data.top_logprobs.map((step) =>
    Object.entries(step ?? {})
      .flatMap(([token, logprob]) => idOf(token, logprob))
      .sort((a, b) => b.logit - a.logit),
  );
}

function idOf(token: string, logit: number): { readonly id: number; readonly logit: number }[] {
  const id = /^token_id:(\d+)$/.exec(token)?.[1];
  return id === undefined ? [] : [{ id: Number(id), logit }];
}
