/**
 * The steps of an answer, several at once where drafts are likely to come true: a draft is computed together with the token
 * before it, and its tokens' logits are handed out one by one for as long as the sampler chooses what was drafted.
 *
 * The sampler sees the logits it would see without drafts, in the same order, bit by bit: so the text is the same, greedy or
 * sampled, constrained or not. That the bits are the same is checked on the machine before the first draft counts.
 */
import { type Sentence, say } from '../../base/sentences.ts';
import type { SpeculationReport } from '../../protocol/models.ts';
import type { Inference } from '../step/inference.ts';
import type { AnswerSteps } from '../generate/sample-answer.ts';
import { Acceptance } from './acceptance.ts';
import { type Draft, PromptLookup } from './prompt-lookup.ts';
import { StepCosts, measuredRows, mostRows } from './step-costs.ts';

/** A verifying step that is not expected to be so many times as fast as single ones is not tried: what is expected is seldom all there. */
const leastExpected = 1.3;
/** Verifying steps that were not so many times as fast as single ones were not worth it. */
const leastGain = 1.15;
/** After so many verifying steps they must have been worth it. */
const trialSteps = 20;
/** How often a size is measured; the first run sets up what the later ones use. */
const repeats = 2;
/** Tokens that must still be wanted for the measuring to be worth its time. */
const leastAhead = 24;
/** Said with every answer, not with the first alone. */
const otherBits = say('several tokens at once are not computed to the same bits as one by one here');

/** What is known of drafts with one opened model; lives as long as it. */
export interface SpeculationProfile {
  readonly costs: StepCosts;
  readonly acceptance: Acceptance;
  /** Whether several rows have the bits of single ones here; null until it was tried. */
  isExact: boolean | null;
  /** The clock that steps are measured by. */
  readonly now: () => number;
}

export function speculationProfile(now: () => number = () => performance.now()): SpeculationProfile {
  return { costs: new StepCosts(), acceptance: new Acceptance(), isExact: null, now };
}

type Steps = Pick<Inference, 'step' | 'canVerify' | 'verify' | 'rewind'>;

export class SpeculativeSteps implements AnswerSteps {
  readonly #inference: Steps;
  readonly #vocabulary: number;
  readonly #profile: SpeculationProfile;
  readonly #lookup: PromptLookup;
  /** Tokens computed ahead, and their logits one after another. */
  #ahead: readonly number[] = [];
  #rows: Float32Array = new Float32Array(0);
  #agreement = 0;
  /** Tokens of single steps in a row, the last ones, and the logits behind them. */
  #single: number[] = [];
  #offBecause: Sentence | null = null;
  /** Whether there was a draft that its step would have cost more than it was likely to bring. */
  #declined = false;
  #verifySteps = 0;
  #drafted = 0;
  #accepted = 0;
  /** What the verifying steps cost, in single steps. */
  #spent = 0;

  /** @param prompt where drafts come from at first */
  constructor(inference: Steps, vocabulary: number, profile: SpeculationProfile, prompt: readonly number[]) {
    this.#inference = inference;
    this.#vocabulary = vocabulary;
    this.#profile = profile;
    this.#lookup = new PromptLookup(prompt);
  }

  /**
   * Computes a token, or finds it computed.
   * @param wanted how many tokens may follow it
   * @returns logits of the token after it, [vocabulary]; the caller may write to them
   */
  async after(id: number, wanted: number): Promise<Float32Array> {
    const drafted = this.#ahead[0];
    if (drafted !== undefined) {
      this.#profile.acceptance.observe(this.#agreement, drafted === id);
      if (drafted === id) return this.#next();
      this.settle();
    }
    // What would have been drafted tells how good drafts are here, whether or not they are computed.
    const guess = this.#lookup.draft(1);
    this.#lookup.push(id);
    if (drafted === undefined && guess) this.#profile.acceptance.observe(guess.agreement, guess.ids[0] === id);
    const draft = this.#worthwhile(Math.min(wanted, mostRows - 1));
    if (!draft) return this.#step(id, wanted);
    if (this.#profile.isExact === null) {
      const logits = await this.#step(id, wanted);
      if (wanted >= leastAhead) await this.#measure(logits);
      return logits;
    }
    return this.#verify(id, draft);
  }

  /** Forgets what was computed ahead, so that the state holds the text and nothing more. */
  settle(): void {
    this.#inference.rewind(this.#ahead.length);
    this.#ahead = [];
  }

  report(): SpeculationReport {
    return {
      verifySteps: this.#verifySteps,
      drafted: this.#drafted,
      accepted: this.#accepted,
      gain: this.#spent > 0 ? this.#gain() : null,
      offBecause: this.#whyNot(),
    };
  }

  #whyNot(): Sentence | null {
    if (this.#profile.isExact === false) return otherBits;
    if (this.#offBecause !== null || this.#verifySteps > 0 || !this.#declined) return this.#offBecause;
    return say('no draft was likely enough to be worth its step');
  }

  /** The draft with which the next tokens come fastest by what is known; null when none is worth it. */
  #worthwhile(most: number): Draft | null {
    if (this.#offBecause !== null || this.#profile.isExact === false) return null;
    const draft = this.#lookup.draft(most);
    if (!draft) return null;
    const { costs, acceptance } = this.#profile;
    let length = 0;
    let best = leastExpected;
    let tokens = 1;
    let chance = 1;
    for (let i = 0; i < draft.ids.length; i++) {
      chance *= acceptance.chance(draft.agreement + i);
      tokens += chance;
      const gain = tokens / costs.ratio(i + 2);
      if (gain < best) continue;
      best = gain;
      length = i + 1;
    }
    this.#declined ||= length === 0 && draft.ids.length > 0;
    if (length === 0 || !this.#inference.canVerify(length + 1)) return null;
    return { ids: draft.ids.slice(0, length), agreement: draft.agreement };
  }

  async #step(id: number, wanted: number): Promise<Float32Array> {
    const { costs, now } = this.#profile;
    const started = now();
    const logits = await this.#inference.step([id], 'last');
    costs.observe(1, now() - started);
    if (wanted > 0) this.#single = [...this.#single.slice(1 - mostRows), id];
    return logits;
  }

  async #verify(id: number, draft: Draft): Promise<Float32Array> {
    const { costs, now } = this.#profile;
    const started = now();
    this.#rows = await this.#inference.verify([id, ...draft.ids]);
    const rows = draft.ids.length + 1;
    costs.observe(rows, now() - started);
    this.#single = [];
    this.#ahead = draft.ids;
    this.#agreement = draft.agreement;
    this.#verifySteps += 1;
    this.#drafted += draft.ids.length;
    this.#spent += costs.ratio(rows);
    if (this.#verifySteps > trialSteps && this.#gain() < leastGain)
      this.#offBecause = say('drafts were not accepted often enough');
    return this.#row();
  }

  /** Single steps that the tokens of the verifying steps would have taken, by what these cost; the last one's drafts are not in yet. */
  #gain(): number {
    return (this.#verifySteps + this.#accepted) / this.#spent;
  }

  /** The logits behind a draft's token that came true. */
  #next(): Float32Array {
    const [id = 0, ...rest] = this.#ahead;
    this.#lookup.push(id);
    this.#ahead = rest;
    this.#agreement += 1;
    this.#accepted += 1;
    this.#rows = this.#rows.subarray(this.#vocabulary);
    return this.#row();
  }

  #row(): Float32Array {
    return this.#rows.subarray(0, this.#vocabulary);
  }

  /**
   * Computes the last single tokens again, together, and compares bits and times; the state is the same afterwards.
   * @param logits behind the last of them
   */
  async #measure(logits: Float32Array): Promise<void> {
    const profile = this.#profile;
    for (const rows of measuredRows) {
      if (rows > this.#single.length || !this.#inference.canVerify(0)) break;
      const ids = this.#single.slice(-rows);
      this.#inference.rewind(rows);
      for (let i = 0; i < repeats; i++) {
        if (i > 0) this.#inference.rewind(rows);
        const started = profile.now();
        const again = await this.#inference.verify(ids);
        profile.costs.observe(rows, profile.now() - started);
        const last = again.subarray((rows - 1) * this.#vocabulary);
        if (!logits.every((logit, at) => Object.is(logit, last[at]))) {
          profile.isExact = false;
          // What was computed together must not stay: the text goes on as if nothing had been tried.
          this.#inference.rewind(rows);
          for (const id of ids) await this.#inference.step([id], 'last');
          return;
        }
      }
      profile.isExact = true;
    }
  }
}
