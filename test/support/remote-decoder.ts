/** A remote decoder over a scripted server, with timeouts short enough for a test to wait for. */
import type { TestContext } from 'node:test';
import { silentLogger } from '../../src/base/logging.ts';
import { parseServerAddress } from '../../src/protocol/server-address.ts';
import type { ChatMessage, DecodeRequest, Decoder, Sampling } from '../../src/runtime/decoder.ts';
import type { ServerTimeouts } from '../../src/runtime/remote/deadlines.ts';
import { type OpenRemoteOptions, openRemoteDecoder } from '../../src/runtime/remote/open-remote-decoder.ts';
import { ModelServer } from './model-server.ts';

export const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };
export const question: readonly ChatMessage[] = [
  { role: 'system', content: 'Answer in one word.' },
  { role: 'user', content: 'What is the capital of France?' },
];

/** Long enough for a machine that is busy. */
const patient: ServerTimeouts = { connectMs: 20_000, firstTokenMs: 20_000, stallMs: 20_000 };

export const never = new AbortController().signal;

export async function modelServer(t: TestContext): Promise<ModelServer> {
  const server = await ModelServer.start();
  t.after(() => server.stop());
  return server;
}

export async function openRemote(
  t: TestContext,
  address: string,
  options: Partial<Omit<OpenRemoteOptions, 'address' | 'timeouts'>> & {
    readonly timeouts?: Partial<ServerTimeouts>;
  } = {},
): Promise<Decoder> {
  const decoder = await openRemoteDecoder(
    {
      key: null,
      offline: false,
      contextLength: null,
      logger: silentLogger,
      ollama: [],
      ...options,
      address: parseServerAddress(address),
      timeouts: { ...patient, ...options.timeouts },
    },
    never,
  );
  t.after(() => decoder.dispose());
  return decoder;
}

/** Asks the question and gives back the text as it was told of, piece by piece, beside the result. */
export async function ask(
  decoder: Decoder,
  request: Partial<DecodeRequest> = {},
  signal: AbortSignal = never,
): Promise<{ readonly told: string; readonly result: Awaited<ReturnType<Decoder['decode']>> }> {
  let told = '';
  const whole = { messages: question, maxTokens: 16, sampling: greedy, ...request };
  const result = await decoder.decode(
    whole,
    (event) => {
      if (event.type === 'token') told += event.text;
    },
    signal,
  );
  return { told, result };
}
