/**
 * Ollama by its own interface (docs.ollama.com/api): OpenAI's form of it has no way to set `num_ctx`, and what is longer than
 * that Ollama drops without a word. The context is therefore set with every request, to the same size, for another one would
 * load the model again; newer versions are also told not to truncate.
 */
import { z } from 'zod';
import { fault } from '../../../base/errors.ts';
import { say } from '../../../base/sentences.ts';
import type { Constraint } from '../../decoder.ts';
import type { ServerConnection } from '../connection.ts';
import { possibleQuotes } from '../constraints/quote-forms.ts';
import { cannotConstrain } from '../constraints/unsupported.ts';
import type { Dialect, Piece, RemoteRequest, WireRequest } from '../dialect.ts';
import { opensThoughts } from '../../thoughts/spellings.ts';
import { guardMessages } from '../prompt-guard.ts';
import type { ServedModel } from './served-models.ts';

const shown = z.looseObject({
  parameters: z.string().nullish(),
  template: z.string().nullish(),
  model_info: z.record(z.string(), z.unknown()).nullish(),
  capabilities: z.array(z.string()).nullish(),
  details: z.looseObject({ quantization_level: z.string().nullish(), parameter_size: z.string().nullish() }).nullish(),
});
const document = z.looseObject({
  message: z.looseObject({ content: z.string().default(''), thinking: z.string().nullish() }).nullish(),
  response: z.string().nullish(),
  thinking: z.string().nullish(),
  done: z.boolean().default(false),
  done_reason: z.string().nullish(),
  prompt_eval_count: z.int().nonnegative().nullish(),
  eval_count: z.int().nonnegative().nullish(),
});
const quoted = z.object({ quotes: z.array(z.string()) });

/** Enough for the answers; a larger one costs memory on the server, which the user grants by the setting or the Modelfile. */
const usualContext = 8192;

/** @param wanted tokens of context that the user asks for; null: the Modelfile's, else a usual one */
export async function openOllama(
  connection: ServerConnection,
  served: ServedModel,
  wanted: number | null,
  signal: AbortSignal,
): Promise<Dialect> {
  const { rootPath } = connection.address;
  const model = served.id;
  const {
    parameters,
    template,
    model_info: info,
    capabilities,
    details,
  } = await connection.json(`${rootPath}/api/show`, { model }, shown, signal);
  const trained = Object.entries(info ?? {}).find(([name]) => name.endsWith('.context_length'))?.[1];
  const configured = /^\s*num_ctx\s+(\d+)\s*$/m.exec(parameters ?? '')?.[1];
  const asked = wanted ?? (configured === undefined ? usualContext : Number(configured));
  const contextLength = typeof trained === 'number' ? Math.min(asked, trained) : asked;
  const thinks = capabilities?.includes('thinking') === true;
  return {
    kind: 'ollama',
    quotes: true,
    model,
    contextLength,
    fingerprint: JSON.stringify([served.fingerprint, details?.parameter_size, details?.quantization_level]),
    counting: null,
    tokenize: null,
    // Ollama tells the thoughts of a model that it knows to think apart; another's template may open one by itself.
    answerStart: () => Promise.resolve(!thinks && opensThoughts(template ?? '') ? null : ''),
    request: (request) => Promise.resolve(wire(request, { rootPath, model, contextLength, thinks })),
    likelihoods: null,
  };
}

interface Setting {
  readonly rootPath: string;
  readonly model: string;
  readonly contextLength: number;
  readonly thinks: boolean;
}

function wire(request: RemoteRequest, { rootPath, model, contextLength, thinks }: Setting): WireRequest {
  const { prompt, assistantPrefix, sampling, maxTokens, stop, constraint } = request;
  if (request.topLogits) throw fault('LS3213', say('Ollama does not say the ids of the best tokens'));
  if (request.logitBias && request.logitBias.length > 0)
    throw fault('LS3213', say('Ollama does not change the likelihood of tokens'));
  const common = {
    model,
    stream: true,
    truncate: false,
    shift: false,
    ...(thinks && { think: false }),
    ...(constraint && { format: formatOf(constraint) }),
    options: {
      num_ctx: contextLength,
      num_predict: maxTokens,
      temperature: sampling.temperature,
      top_k: sampling.topK,
      top_p: sampling.topP,
      min_p: sampling.minP,
      repeat_penalty: sampling.repetitionPenalty,
      repeat_last_n: sampling.repetitionWindow ?? 64,
      seed: sampling.seed,
      ...(stop && stop.length > 0 && { stop }),
    },
  };
  const unwrap = constraint?.kind === 'quote' ? { unwrap: quotesOf } : {};
  const rest = { framing: 'lines', read, ...unwrap } as const;
  if (prompt.kind === 'ids') throw fault('LS3213', say('Ollama does not take a prompt as token ids'));
  if (prompt.kind === 'text') {
    const body = { ...common, prompt: prompt.text + (assistantPrefix ?? ''), raw: true };
    return { path: `${rootPath}/api/generate`, body, ...rest };
  }
  // A schema holds the whole answer: what it was begun with would stand outside of it.
  const begun = assistantPrefix === undefined || constraint ? [] : [{ role: 'assistant', content: assistantPrefix }];
  const body = { ...common, messages: [...guardMessages(prompt.messages), ...begun] };
  return { path: `${rootPath}/api/chat`, body, ...rest };
}

function formatOf(constraint: Constraint): unknown {
  switch (constraint.kind) {
    case 'json-schema':
      return constraint.schema;
    case 'regex':
      throw cannotConstrain('ollama', constraint);
    case 'quote': {
      const texts = [...new Set(possibleQuotes(constraint).map(({ text }) => text.trim()))];
      if (texts.length === 0) throw fault('LS3213', say('there is nothing that could be quoted'));
      const quotes = {
        type: 'array',
        items: { type: 'string', enum: texts },
        minItems: 1,
        maxItems: constraint.maxQuotes,
      };
      return { type: 'object', properties: { quotes }, required: ['quotes'], additionalProperties: false };
    }
  }
}

function quotesOf(text: string): string {
  try {
    return quoted.parse(JSON.parse(text)).quotes.join('\n');
  } catch {
    // Cut off by the limit of tokens, or not held at all: there is no quote then.
    return '';
  }
}

function read(raw: unknown): Piece {
  const { message, response, thinking, done, done_reason: reason, ...counts } = document.parse(raw);
  const text = message?.content ?? response ?? '';
  const thought = message?.thinking ?? thinking ?? '';
  return {
    ...(text !== '' && { text }),
    ...(thought !== '' && { thought }),
    ...(done && { finish: reason === 'length' ? 'length' : 'end-token' }),
    ...(done && counts.prompt_eval_count != null && { promptTokens: counts.prompt_eval_count }),
    ...(done && counts.eval_count != null && { completionTokens: counts.eval_count }),
  };
}
