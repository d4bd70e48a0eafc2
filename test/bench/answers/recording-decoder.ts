/**
 * A decoder that counts tokens as a real model does and writes nothing: it keeps what it was given to read. For measuring what
 * would be read, without the time of reading it.
 */
import { readGguf } from '../../../src/models/gguf/reader.ts';
import { tokenizerFromGguf } from '../../../src/models/tokenizer/from-gguf.ts';
import { createTokenizer } from '../../../src/models/tokenizer/tokenizer.ts';
import type { ChatMessage, DecodeRequest, Decoder } from '../../../src/runtime/decoder.ts';

export interface RecordingDecoder extends Decoder {
  /** The requests since the last call. */
  taken(): DecodeRequest[];
}

/**
 * @param file a GGUF file whose vocabulary is counted with
 * @param window tokens; with no measured speed it is what bounds the sources
 */
export async function recordingDecoder(file: string, window: number): Promise<RecordingDecoder> {
  const { metadata } = await readGguf(file);
  const tokenizer = createTokenizer(tokenizerFromGguf((key) => metadata.get(key)));
  let requests: DecodeRequest[] = [];
  const countTokens = (text: string): number => tokenizer.encode(text).length;
  // ChatML: what two in three templates come to, within a token or two a message.
  const countChatTokens = (messages: readonly ChatMessage[]): number =>
    messages.reduce((sum, { role, content }) => sum + countTokens(`${role}\n${content}\n`) + 2, 3);
  return {
    info: {
      id: 'recording',
      displayName: 'Recording',
      architecture: 'none',
      contextLength: window,
      provider: 'none',
      memory: 0,
    },
    countTokens,
    countChatTokens,
    tokenize: (text) => tokenizer.encode(text),
    decode: (request) => {
      requests.push(request);
      return Promise.resolve({
        promptTokenIds: [],
        tokenIds: [],
        text: '',
        topLogits: [],
        timings: { loadMs: 0, prefillMs: 0, firstTokenMs: 0, decodeMs: 0, totalMs: 0 },
        finish: 'end-token',
        quotes: [],
        prefillTokens: countChatTokens(request.messages ?? []),
        reusedTokens: 0,
        decodeTokensPerSecond: 0,
      });
    },
    perplexity: () => Promise.reject(new Error('the recording decoder knows no probabilities')),
    dispose: () => Promise.resolve(),
    taken: () => {
      const all = requests;
      requests = [];
      return all;
    },
  };
}
