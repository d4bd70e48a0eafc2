/** The decoders of this engine by what a request calls them, each with the verdict of the reading test on its own weights. */
import type { Sentence } from '../../base/sentences.ts';
import { LongsightError, fault, toUserError } from '../../base/errors.ts';
import type { Logger } from '../../base/logging.ts';
import type { EngineSettings } from '../../protocol/engine.ts';
import type { ReadingTestProgress, ReadingTestReport } from '../../protocol/models.ts';
import type { DecoderStatus } from '../../protocol/status.ts';
import type { Decoder } from '../../runtime/decoder.ts';
import { type PrefillSpeed, withPrompt } from '../../runtime/probing/prefill-speed.ts';
import type { HeldDecoder } from '../../runtime/reading-test/held-decoder.ts';
import { type ReadingTestOptions, runReadingTest } from '../../runtime/reading-test/run.ts';
import { chooseDecoder } from './decoder-choice.ts';
import { DecoderHost, type OnLoading } from './decoder-host.ts';
import type { JudgedModel, ResolvedChoice } from './resolved-choice.ts';
import { withFindings } from './decoder-findings.ts';
import { SharedRuns } from '../shared-runs.ts';

/** Where it is kept what was found out about models. */
export interface Verdicts {
  /** Tokens of the longest prompt that a probe showed to work; null when there was none. Left out: nothing is known. */
  readonly effectiveWindow?: (model: JudgedModel) => Promise<number | null>;
  /** How fast prompts were read with it here; left out: nothing is known. */
  readonly speed?: (model: JudgedModel, provider: string) => Promise<PrefillSpeed>;
  readonly keepSpeed?: (model: JudgedModel, provider: string, speed: PrefillSpeed) => Promise<void>;
  /** null before the model was tested. */
  readonly read: (model: JudgedModel) => Promise<ReadingTestReport | null>;
  readonly keep: (model: JudgedModel, report: ReadingTestReport, signal: AbortSignal) => Promise<void>;
}

export interface DecoderKeeperOptions {
  readonly home: string;
  readonly settings: EngineSettings;
  readonly logger: Logger;
  readonly verdicts: Verdicts;
  /** The id of the model that answers when the user chose none; left out: any that is here. */
  readonly best?: () => Promise<string | null>;
  /** Called whenever the status may have changed. */
  readonly onChange?: () => void;
  /** In place of the sheets of the reading test; for tests. */
  readonly sheets?: ReadingTestOptions['sheets'];
}

/** A decoder that was found, with the model that a probe's results are kept under. */
export interface FoundDecoder extends HeldDecoder {
  readonly model: JudgedModel;
  readonly loadMs: number;
  /** Tests it with every question, whatever is known about it. */
  readonly testAgain: HeldDecoder['runReadingTest'];
}

/** How long the choice for the settings stands before the models folder is looked at again, milliseconds. */
const choiceMs = 5000;

export class DecoderKeeper {
  readonly #options: DecoderKeeperOptions;
  readonly #ended = new AbortController();
  readonly #host: DecoderHost;
  readonly #tests = new SharedRuns<ReadingTestReport, ReadingTestProgress>();
  #settings: EngineSettings;
  #chosen: { readonly until: number; readonly choice: Promise<ResolvedChoice | null> } | undefined;
  /** For the status: what was last found about each decoder, by the key of its choice. */
  readonly #known = new Map<string, ReadingTestReport | null>();
  /** By the key of the choice: how fast it reads, as far as was seen. */
  readonly #speeds = new Map<string, PrefillSpeed>();

  constructor(options: DecoderKeeperOptions) {
    this.#options = options;
    this.#settings = options.settings;
    const { logger, onChange } = options;
    this.#host = new DecoderHost({ logger, ...(onChange && { onChange }) });
  }

  /** The decoder of this name, or the one of the settings; null when there is none on this machine. Rejects when it cannot start. */
  async get(model?: string, onLoading?: OnLoading): Promise<FoundDecoder | null> {
    const started = performance.now();
    const choice = await (model === undefined ? this.#choice() : this.#choose(model));
    if (!choice) return null;
    const running = await this.#host.get(choice, onLoading);
    const judged = choice.modelOf(running.info);
    if (!judged) throw new Error('a decoder that runs is known');
    const readingTest = await this.#verdictOn(choice, judged);
    if (!this.#speeds.has(choice.key))
      this.#speeds.set(choice.key, (await this.#options.verdicts.speed?.(judged, running.info.provider)) ?? {});
    const effectiveWindow = (await this.#options.verdicts.effectiveWindow?.(judged)) ?? null;
    const decoder = withFindings(running, {
      effectiveWindow,
      speed: () => this.#speeds.get(choice.key) ?? {},
      onPrompt: (tokens, seconds) => {
        this.#learnSpeed(choice, judged, running, tokens, seconds);
      },
    });
    return {
      decoder,
      model: judged,
      readingTest,
      loadMs: performance.now() - started,
      runReadingTest: async (onProgress, signal) =>
        // Another request, or another process, may have done it in the meantime.
        (await this.#verdictOn(choice, judged)) ??
        this.#test(choice, judged, decoder, { untilDecided: true }, onProgress, signal),
      testAgain: (onProgress, signal) => this.#test(choice, judged, decoder, {}, onProgress, signal),
    };
  }

  /** As {@link get}, but none is a fault. @throws LS2052 */
  async require(model?: string, onLoading?: OnLoading): Promise<FoundDecoder> {
    const found = await this.get(model, onLoading);
    if (!found) throw fault('LS2052', '');
    return found;
  }

  /** What is known about a decoder without starting it; null when it has not been tested or cannot be known before. */
  async readingTestOf(model?: string): Promise<ReadingTestReport | null> {
    const choice = await (model === undefined ? this.#choice() : this.#choose(model));
    return choice ? this.#lookUp(choice) : null;
  }

  /** What tells the decoder from others, without starting it; null when there is none. */
  async nameOf(model?: string): Promise<string | null> {
    const choice = await (model === undefined ? this.#choice() : this.#choose(model));
    return choice?.id ?? null;
  }

  async status(): Promise<DecoderStatus | null> {
    try {
      const choice = await this.#choice();
      if (!choice) return null;
      const readingTest = this.#known.get(choice.key) ?? (await this.#lookUp(choice));
      const testing = this.#tests.progressOf(choice.key);
      return {
        ...this.#host.status(choice),
        writesProse: readingTest?.passed ?? null,
        readingTest,
        ...(testing && { testing }),
      };
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
        readingTest: null,
        error: toUserError(error),
      };
    }
  }

  /** What the user is to be told of the decoders that run. */
  notices(): readonly Sentence[] {
    return this.#host.notices();
  }

  configure(settings: EngineSettings): void {
    this.#settings = settings;
    this.forget();
  }

  /** The models on this machine, or a verdict, changed. */
  forget(): void {
    this.#chosen = undefined;
    this.#known.clear();
    this.#options.onChange?.();
  }

  /** Lets go of the running decoders, for instance before a model's files are removed. */
  release(): Promise<void> {
    return this.#host.dispose();
  }

  async dispose(): Promise<void> {
    this.#ended.abort();
    await this.#host.dispose();
  }

  #learnSpeed(choice: ResolvedChoice, model: JudgedModel, { info }: Decoder, tokens: number, seconds: number): void {
    const { verdicts, logger } = this.#options;
    const speed = withPrompt(this.#speeds.get(choice.key) ?? {}, tokens, seconds);
    this.#speeds.set(choice.key, speed);
    // What is lost is learned again.
    verdicts.keepSpeed?.(model, info.provider, speed).catch((error: unknown) => {
      logger.warn({ err: error }, 'the speed of the decoder could not be kept');
    });
  }

  /** As far as the model is known without asking a server. */
  async #lookUp(choice: ResolvedChoice): Promise<ReadingTestReport | null> {
    const model = choice.modelOf(undefined);
    return model ? this.#verdictOn(choice, model) : (this.#known.get(choice.key) ?? null);
  }

  async #verdictOn(choice: ResolvedChoice, model: JudgedModel): Promise<ReadingTestReport | null> {
    const readingTest = await this.#options.verdicts.read(model);
    this.#known.set(choice.key, readingTest);
    return readingTest;
  }

  #test(
    choice: ResolvedChoice,
    model: JudgedModel,
    decoder: HeldDecoder['decoder'],
    options: ReadingTestOptions,
    onProgress: (progress: ReadingTestProgress) => void,
    signal: AbortSignal,
  ): Promise<ReadingTestReport> {
    const { verdicts, sheets, onChange, logger } = this.#options;
    const all = { ...options, ...(sheets && { sheets }) };
    return this.#tests.join(
      choice.key,
      async (onDone, end) => {
        const ended = AbortSignal.any([end, this.#ended.signal]);
        try {
          const report = await runReadingTest(
            decoder,
            (progress) => {
              onDone(progress);
              onChange?.();
            },
            ended,
            all,
          );
          logger.info({ decoder: model.id, ...report }, 'the reading test is done');
          await verdicts.keep(model, report, ended);
          this.#known.set(choice.key, report);
          return report;
        } finally {
          setImmediate(() => onChange?.());
        }
      },
      onProgress,
      signal,
    );
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

  async #choose(wanted: string | null): Promise<ResolvedChoice | null> {
    const model = wanted ?? (await this.#options.best?.()) ?? null;
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
