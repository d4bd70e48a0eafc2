/** The decoders of this engine by what a request calls them, with the verdict of the reading test beside each. */
import { LongsightError, fault, toUserError } from '../base/errors.ts';
import type { Logger } from '../base/logging.ts';
import type { EngineSettings } from '../protocol/engine.ts';
import type { DecoderStatus } from '../protocol/status.ts';
import type { Decoder, DecoderInfo } from '../runtime/decoder.ts';
import { chooseDecoder } from './decoder-choice.ts';
import { DecoderHost } from './decoder-host.ts';
import type { JudgedModel, ResolvedChoice } from './resolved-choice.ts';

export interface DecoderKeeperOptions {
  readonly home: string;
  readonly settings: EngineSettings;
  readonly logger: Logger;
  /** Whether the model passed the reading test on this machine; null before it ran. */
  readonly verdictOf: (model: JudgedModel) => Promise<boolean | null>;
}

/** How long the choice for the settings stands before the models folder is looked at again, milliseconds. */
const choiceMs = 5000;

export class DecoderKeeper {
  readonly #options: DecoderKeeperOptions;
  readonly #ended = new AbortController();
  readonly #host: DecoderHost;
  #settings: EngineSettings;
  #chosen: { readonly until: number; readonly choice: Promise<ResolvedChoice | null> } | undefined;
  readonly #verdicts = new Map<string, boolean | null>();
  /** Key of the decoder that was asked for last. */
  #inUse: string | undefined;

  constructor(options: DecoderKeeperOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#host = new DecoderHost({
      choose: (model) => (model === undefined ? this.#choice() : this.#choose(model)),
      logger: options.logger,
    });
  }

  /** The decoder of this name, or the one of the settings; null when there is none on this machine. Rejects when it cannot start. */
  async get(model?: string): Promise<Decoder | null> {
    return (await this.#find(model))?.decoder ?? null;
  }

  async #find(model: string | undefined): Promise<{ readonly decoder: Decoder; readonly model: JudgedModel } | null> {
    const choice = await (model === undefined ? this.#choice() : this.#choose(model));
    if (!choice) return null;
    this.#inUse = choice.key;
    await this.#judge(choice, undefined);
    const decoder = await this.#host.get(model);
    if (!decoder) return null;
    const judged = await this.#judge(choice, decoder.info);
    if (!judged) throw new Error('a decoder that runs is known');
    return { decoder, model: judged };
  }

  /** Looks up whether the model may write, as soon as it is known which model that is. */
  async #judge(choice: ResolvedChoice, info: DecoderInfo | undefined): Promise<JudgedModel | null> {
    const model = choice.modelOf(info);
    if (model && (info === undefined || choice.server))
      this.#verdicts.set(choice.key, await this.#options.verdictOf(model));
    return model;
  }

  /** As {@link get}, but none is a fault. @throws LS2052 */
  async require(
    model?: string,
  ): Promise<{ readonly decoder: Decoder; readonly model: JudgedModel; readonly loadMs: number }> {
    const started = performance.now();
    const found = await this.#find(model);
    if (!found) throw fault('LS2052', '');
    return { ...found, loadMs: performance.now() - started };
  }

  /** Whether the decoder that was asked for last passed the reading test; null before it ran. */
  writesProse(): boolean | null {
    return this.#verdicts.get(this.#inUse ?? '') ?? null;
  }

  async status(): Promise<DecoderStatus | null> {
    try {
      const choice = await this.#choice();
      if (choice && !this.#verdicts.has(choice.key)) await this.#judge(choice, undefined);
      return await this.#host.status((one) => this.#verdicts.get(one.key) ?? null);
    } catch (error) {
      // A model that was chosen and is not there, or is damaged, is a state to show, not a failure to show the state.
      if (!(error instanceof LongsightError)) throw error;
      const name = this.#settings.model ?? '';
      const absent = error.userError.code === 'LS2001' || error.userError.code === 'LS2002';
      return {
        id: name,
        displayName: name,
        state: absent ? 'absent' : 'failed',
        provider: null,
        window: 0,
        memory: 0,
        tokensPerSecond: null,
        writesProse: null,
        error: toUserError(error),
      };
    }
  }

  /** What the user is to be told of the decoders that run. */
  notices(): readonly string[] {
    return this.#host.notices();
  }

  configure(settings: EngineSettings): void {
    this.#settings = settings;
    this.forget();
  }

  /** The models on this machine, or a verdict, changed. */
  forget(): void {
    this.#chosen = undefined;
    this.#verdicts.clear();
  }

  /** Lets go of the running decoders, for instance before a model's files are removed. */
  release(): Promise<void> {
    return this.#host.dispose();
  }

  async dispose(): Promise<void> {
    this.#ended.abort();
    await this.#host.dispose();
  }

  #choice(): Promise<ResolvedChoice | null> {
    const now = performance.now();
    if (!this.#chosen || this.#chosen.until < now) {
      const choice = this.#choose(this.#settings.model);
      this.#chosen = { until: now + choiceMs, choice };
      choice.catch(() => (this.#chosen = undefined));
    }
    return this.#chosen.choice;
  }

  #choose(model: string | null): Promise<ResolvedChoice | null> {
    const { home, logger } = this.#options;
    const { threads, provider, offline, server } = this.#settings;
    const signal = this.#ended.signal;
    return chooseDecoder(model, {
      home,
      logger,
      threads,
      offline,
      signal,
      ...(provider && { provider }),
      ...(server && { server }),
    });
  }
}
