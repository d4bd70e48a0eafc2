/** A decoder that was chosen and can be started, whether its model lies here or on a server. */
import type { Logger } from '../../base/logging.ts';
import type { HashedModel } from '../../models/model-hash.ts';
import type { ServerSettings } from '../../protocol/engine.ts';
import type { ProviderChoice } from '../../protocol/providers.ts';
import type { DecoderInfo } from '../../runtime/decoder.ts';
import type { DecoderChoice } from './decoder-host.ts';

export interface DecoderChoiceOptions {
  readonly home: string;
  readonly threads: number | null;
  /** Left out: the processor. */
  readonly provider?: ProviderChoice;
  readonly logger: Logger;
  readonly offline: boolean;
  readonly server?: ServerSettings;
  /** Ends a start that is under way when the engine ends. */
  readonly signal: AbortSignal;
}

/** What a verdict is kept under. */
export type JudgedModel = HashedModel & { readonly id: string };

export interface ResolvedChoice extends DecoderChoice {
  /** The model that a verdict is about; null while that is not known: a server says it when it is asked. */
  readonly modelOf: (info: DecoderInfo | undefined) => JudgedModel | null;
}
