/** What goes between the engine's thread and the decoder's worker, over vscode-jsonrpc on the worker's port. */
import { NotificationType, RequestType } from 'vscode-jsonrpc/node';
import type { ErrorData } from '../../protocol/answers.ts';
import type { PerplexityReport } from '../../protocol/models.ts';
import type { DecodeEvent, DecodeRequest, DecodeResult } from '../decoder.ts';
import type { PromptParts } from '../reuse/prompt-parts.ts';
import type { ReuseVerdict } from '../reuse/reuse-verdict.ts';
import type { MemoryPlan } from '../memory/memory-plan.ts';
import type { OpeningOptions } from '../memory/plan-opening.ts';
import type { ApartContexts } from '../generate/generate.ts';
import type { PerplexityOptions } from '../generate/perplexity.ts';
import type { TurnStart } from '../thoughts/turn-start.ts';

export interface OpenParameters extends OpeningOptions {
  /** Absolute path of a GGUF file. */
  readonly file: string;
  /** Whether the provider computes flash attention right. */
  readonly flash: boolean;
}

export interface OpenResult {
  readonly architecture: string;
  readonly contextLength: number;
  /** Bytes of the weights' file. */
  readonly weightBytes: number;
  readonly plan: MemoryPlan;
  /** What the trial of reuse found about it; null: it was not tried. */
  readonly reuse: ReuseVerdict | null;
  readonly ms: number;
}

export interface DecodeParameters extends Omit<
  DecodeRequest,
  'messages' | 'prompt' | 'assistantPrefix' | 'tokenIds' | 'contrast' | 'contexts' | 'joins'
> {
  readonly promptIds: readonly number[];
  /** The parts of the prompt, where its sources are joined. */
  readonly joined?: PromptParts;
  readonly contrast?: { readonly promptIds: readonly number[]; readonly alpha: number };
  /** The prompt is the question behind them. */
  readonly contexts?: ApartContexts;
  /** Where the answer begins; null when nothing in it is a thought. */
  readonly turnStart: TurnStart | null;
}

/** Events carry the key that the request came with. */
export interface Streamed {
  readonly stream: number;
}

/** Bytes of the model file that were turned into graphs, and in all. */
export interface BuildProgress {
  readonly done: number;
  readonly total: number;
}

export type WorkerEvent = BuildProgress | DecodeEvent | number;

export const openRequest = new RequestType<OpenParameters & Streamed, OpenResult, ErrorData | undefined>(
  'decoder/open',
);
/** What opening would come to, without doing it. */
export const planRequest = new RequestType<
  OpeningOptions & Pick<OpenParameters, 'file'> & Streamed,
  MemoryPlan,
  ErrorData | undefined
>('decoder/plan');
export const decodeRequest = new RequestType<DecodeParameters & Streamed, DecodeResult, ErrorData | undefined>(
  'decoder/decode',
);
export const perplexityRequest = new RequestType<PerplexityOptions & Streamed, PerplexityReport, ErrorData | undefined>(
  'decoder/perplexity',
);
/** Tries each form of reuse with these prompts, and keeps the verdict. */
export const reuseTrialRequest = new RequestType<
  { readonly questions: readonly PromptParts[] } & Streamed,
  ReuseVerdict,
  ErrorData | undefined
>('decoder/reuse-trial');
export const eventNotification = new NotificationType<Streamed & { readonly event: WorkerEvent }>('decoder/event');
