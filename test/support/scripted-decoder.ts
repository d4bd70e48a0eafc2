/**
 * A decoder that says what it is told to. It stands for a decoder that may write prose, which is too large to be had in tests;
 * its tokens are words with the space before them, and a chat is what a simple template would make of it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CancelledError, throwIfCancelled } from '../../src/base/cancellation.ts';
import type { ChatMessage, DecodeEvent, DecodeRequest, DecodeResult, Decoder } from '../../src/runtime/decoder.ts';

export interface Script {
  /** What it writes when nothing constrains it. */
  readonly says?: string;
  /** What it writes instead when it goes on from a part of that. */
  readonly saysAgain?: string;
  /** What it thinks before that. */
  readonly thinks?: string;
  /** What it quotes: the first text's lines, from 0. */
  readonly quotes?: readonly { readonly startLine: number; readonly endLine: number }[];
  readonly contextLength?: number;
  /** Runs before each token; throws or aborts to see what then happens. */
  readonly beforeToken?: (index: number) => void;
}

export interface ScriptedDecoder extends Decoder {
  /** The requests it got. */
  readonly requests: readonly DecodeRequest[];
}

const pieces = (text: string): string[] => text.match(/\s*\S+|\s+$/g) ?? [];
const rendered = (messages: readonly ChatMessage[]): string =>
  `${messages.map(({ role, content }) => `<${role}> ${content} <end>\n`).join('')}<assistant>\n`;

export function scriptedDecoder(script: Script): ScriptedDecoder {
  const requests: DecodeRequest[] = [];
  const countTokens = (text: string): number => pieces(text).length;
  const countChatTokens = (messages: readonly ChatMessage[]): number => countTokens(rendered(messages));

  /** From where the answer begins with what it wrote before. */
  const said = ({ assistantPrefix = '' }: DecodeRequest): string => {
    const { says = '', saysAgain } = script;
    if (assistantPrefix === '' || !says.startsWith(assistantPrefix)) return says;
    return saysAgain ?? says.slice(assistantPrefix.length);
  };

  const decode = async (
    request: DecodeRequest,
    onEvent: (event: DecodeEvent) => void,
    signal: AbortSignal,
  ): Promise<DecodeResult> => {
    requests.push(request);
    throwIfCancelled(signal);
    const prompt = countChatTokens(request.messages ?? []) + countTokens(request.assistantPrefix ?? '');
    onEvent({ type: 'prefill', done: prompt, total: prompt });
    const tokenIds: number[] = [];
    const quotes: { textId: string; startLine: number; endLine: number }[] = [];
    const step = async (text: string): Promise<void> => {
      script.beforeToken?.(tokenIds.length);
      // As a worker's messages do, tokens come in turns of their own.
      await nextTurn();
      if (signal.aborted) throw new CancelledError();
      tokenIds.push(tokenIds.length);
      onEvent({ type: 'token', id: tokenIds.length - 1, text });
    };
    if (request.constraint?.kind === 'quote') {
      const [text] = request.constraint.texts;
      for (const range of text ? (script.quotes ?? []) : []) {
        const lines = text?.text.split('\n').slice(range.startLine, range.endLine + 1) ?? [];
        for (const piece of pieces(lines.join('\n'))) await step(piece);
        const quote = { textId: text?.id ?? '', ...range };
        quotes.push(quote);
        onEvent({ type: 'quote', ...quote });
      }
    } else {
      if (script.thinks !== undefined) onEvent({ type: 'thought', text: script.thinks });
      for (const piece of pieces(said(request)).slice(0, request.maxTokens)) await step(piece);
    }
    return {
      promptTokenIds: [],
      tokenIds,
      text: request.constraint ? '' : pieces(said(request)).slice(0, request.maxTokens).join(''),
      ...(script.thinks !== undefined && { thoughts: script.thinks }),
      topLogits: [],
      timings: { loadMs: 0, prefillMs: 1, firstTokenMs: 1, decodeMs: 1, totalMs: 2 },
      finish: 'end-token',
      quotes,
      prefillTokens: prompt,
      reusedTokens: 0,
      decodeTokensPerSecond: 100,
    };
  };

  return {
    info: {
      id: 'scripted',
      displayName: 'Scripted 7B',
      architecture: 'none',
      contextLength: script.contextLength ?? 8192,
      provider: 'none',
      memory: 0,
    },
    countTokens,
    countChatTokens,
    tokenize: (text) => pieces(text).map((_, index) => index),
    decode,
    perplexity: () => Promise.reject(new Error('the scripted decoder knows no probabilities')),
    dispose: () => Promise.resolve(),
    requests,
  };
}
