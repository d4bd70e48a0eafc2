/** A model server that answers like llama.cpp's and quotes the first thing its grammar allows. */
import type { TestContext } from 'node:test';
import { type ModelServer, event, json, models, reply, stream } from './model-server.ts';
import { modelServer } from './remote-decoder.ts';

export async function quotingServer(t: TestContext): Promise<ModelServer> {
  const server = await modelServer(t);
  const split = (text: string): number[] => Array.from(text.match(/\w+|\W/g) ?? [], ({ length }) => length);
  return server
    .on('GET /v1/models', models('llamacpp', { id: 'coder.gguf' }))
    .on('GET /props', json({ default_generation_settings: { n_ctx: 4096 } }))
    .on('POST /apply-template', ({ body }, response) => {
      reply(response, { prompt: JSON.stringify(body?.['messages']) });
    })
    .on('POST /tokenize', ({ body }, response) => {
      reply(response, { tokens: split(String(body?.['content'])) });
    })
    .on('POST /completion', (request, response) => {
      const grammar = (request.body?.['grammar'] ?? '') as string;
      const literal = /^quote ::= (?:\("(?:[^"\\]|\\.)*"\)\? )?("(?:[^"\\]|\\.)*")/m.exec(grammar)?.[1];
      const content = literal === undefined ? 'Anything at all.' : (JSON.parse(literal) as string);
      const evaluated = (request.body?.['prompt'] as number[]).length;
      return stream(
        event({ content, tokens: [1], stop: false }),
        event({ content: '', stop: true, stop_type: 'eos', tokens_evaluated: evaluated, tokens_predicted: 1 }),
      )(request, response);
    });
}
