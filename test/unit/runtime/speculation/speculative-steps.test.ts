/** Steps with drafts over a decoder of the test's own: the same logits in the same order, and off where drafts do not pay. */
import { english } from '../../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../../../src/runtime/sampling/random.ts';
import { bestId } from '../../../../src/runtime/sampling/top-logits.ts';
import { SpeculativeSteps, speculationProfile } from '../../../../src/runtime/speculation/speculative-steps.ts';

const vocabulary = 50;

/** Logits that the last tokens decide; remembers what it holds, and counts time by a clock of its own. */
class ScriptedModel {
  readonly held: number[];
  now = 0;
  verified = 0;
  readonly #options: {
    readonly copies: boolean;
    readonly slope: number;
    readonly exact: boolean;
    readonly room: number;
  };

  constructor(
    prompt: readonly number[],
    options: { copies?: boolean; slope?: number; exact?: boolean; room?: number } = {},
  ) {
    this.held = [...prompt];
    this.#options = { copies: true, slope: 0.2, exact: true, room: 1e6, ...options };
  }

  step(ids: readonly number[]): Promise<Float32Array> {
    this.held.push(...ids);
    this.now += 10;
    return Promise.resolve(this.#logits());
  }

  canVerify(count: number): boolean {
    return this.held.length + count <= this.#options.room;
  }

  verify(ids: readonly number[]): Promise<Float32Array> {
    assert.ok(this.canVerify(ids.length));
    this.verified += 1;
    this.now += 10 * (1 + this.#options.slope * (ids.length - 1));
    const rows = new Float32Array(ids.length * vocabulary);
    for (const [i, id] of ids.entries()) {
      this.held.push(id);
      rows.set(this.#logits(), i * vocabulary);
      if (!this.#options.exact) rows[i * vocabulary] = 1e-6;
    }
    return Promise.resolve(rows);
  }

  rewind(count: number): void {
    assert.ok(count <= this.held.length);
    this.held.length -= count;
  }

  /** Mostly what followed the last two tokens where they stood first; sometimes something else. */
  #logits(): Float32Array {
    const [a = 0, b = 0] = this.held.slice(-2);
    const random = seededRandom(a * 131 + b * 7 + (this.#options.copies ? 0 : this.held.length * 977));
    const logits = Float32Array.from({ length: vocabulary }, () => random() * 2);
    const first = this.held.findIndex((id, i) => id === a && this.held[i + 1] === b);
    const follows = this.held[first + 2];
    if (this.#options.copies && follows !== undefined && first + 2 < this.held.length && (a + b) % 11 !== 0)
      logits[follows] = 9;
    return logits;
  }
}

async function write(
  model: ScriptedModel,
  prompt: readonly number[],
  count: number,
  drafts: boolean,
  profile = speculationProfile(() => model.now),
) {
  const steps = new SpeculativeSteps(model, vocabulary, profile, prompt);
  const seen: number[][] = [];
  const ids: number[] = [];
  let id = 3;
  for (let i = 0; i < count; i++) {
    ids.push(id);
    const logits = drafts ? await steps.after(id, count - i) : await model.step([id]);
    seen.push([...logits]);
    id = bestId(logits, null);
    // What a sampler writes into the logits must not come back.
    logits.fill(-1);
  }
  steps.settle();
  return { ids, seen, report: steps.report(), profile };
}

const random = seededRandom(8);
const prompt = Array.from({ length: 200 }, () => 1 + Math.floor(random() * 40));

describe('steps with drafts', () => {
  it('hand out the logits of single steps, and leave the text in the cache and nothing more', async () => {
    const plain = new ScriptedModel(prompt);
    const drafting = new ScriptedModel(prompt);
    const expected = await write(plain, prompt, 300, false);
    const got = await write(drafting, prompt, 300, true);
    assert.deepEqual(got.ids, expected.ids);
    assert.deepEqual(got.seen, expected.seen);
    assert.deepEqual(drafting.held, plain.held);
    assert.equal(got.profile.isExact, true);
    assert.ok(got.report.accepted > 50, JSON.stringify(got.report));
    assert.ok((got.report.gain ?? 0) > 1.15);
    assert.ok(plain.now / drafting.now > 1.15, `${String(plain.now)} against ${String(drafting.now)}`);
  });

  it('are never slower than single ones by more than a trial where nothing comes true', async () => {
    const plain = new ScriptedModel(prompt, { copies: false });
    const drafting = new ScriptedModel(prompt, { copies: false });
    const expected = await write(plain, prompt, 400, false);
    const got = await write(drafting, prompt, 400, true);
    assert.deepEqual(got.seen, expected.seen);
    assert.ok(drafting.now < 1.05 * plain.now, `${String(plain.now)} against ${String(drafting.now)}`);
  });

  it('draft nothing where a row more costs as much as a step', async () => {
    const drafting = new ScriptedModel(prompt, { slope: 1 });
    const got = await write(drafting, prompt, 300, true);
    assert.equal(got.report.verifySteps, 0);
    assert.match(english.words(got.report.offBecause ?? ''), /worth its step/);
    assert.ok((got.profile.costs.ratio(4) - 4) ** 2 < 1e-6);
  });

  it('are off where several rows have other bits than single ones, and leave no trace', async () => {
    const plain = new ScriptedModel(prompt);
    const drafting = new ScriptedModel(prompt, { exact: false });
    const expected = await write(plain, prompt, 200, false);
    const got = await write(drafting, prompt, 200, true);
    assert.deepEqual(got.seen, expected.seen);
    assert.equal(got.profile.isExact, false);
    assert.match(english.words(got.report.offBecause ?? ''), /bits/);
  });

  it('say in every later answer too why they are off', async () => {
    const model = new ScriptedModel(prompt, { exact: false });
    const { profile } = await write(model, prompt, 200, true);
    const later = await write(new ScriptedModel(prompt, { exact: false }), prompt, 40, true, profile);
    assert.equal(later.report.verifySteps, 0);
    assert.match(english.words(later.report.offBecause ?? ''), /bits/);
  });

  it('draft no further than what can be taken back', async () => {
    const plain = new ScriptedModel(prompt);
    const drafting = new ScriptedModel(prompt, { room: prompt.length + 120 });
    const expected = await write(plain, prompt, 300, false);
    const got = await write(drafting, prompt, 300, true);
    assert.deepEqual(got.seen, expected.seen);
    assert.ok(got.report.verifySteps > 0);
  });

  it('measure the cost of a step by its rows', async () => {
    const { profile } = await write(new ScriptedModel(prompt, { slope: 0.3 }), prompt, 300, true);
    for (const rows of [2, 3, 4, 5, 6, 7, 8])
      assert.ok(Math.abs(profile.costs.ratio(rows) - (1 + 0.3 * (rows - 1))) < 1e-6, String(rows));
  });
});
