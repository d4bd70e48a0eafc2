import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { english } from '../../../src/base/speaker.ts';
import { secondsForQuestion } from '../../../src/engine/decoders/read-time.ts';
import { expectation } from '../../../src/engine/decoders/model-outlook.ts';
import { type AdvicePurpose, type AdvisedModel, advise, hindranceOf, isBetter } from '../../../src/models/advice.ts';
import { readCatalogue } from '../../../src/models/catalogue.ts';

const sizes: Readonly<Record<string, number>> = {
  'smollm2-135m': 0.135,
  'qwen2.5-coder-0.5b': 0.5,
  'qwen2.5-coder-1.5b': 1.5,
  'qwen2.5-coder-3b': 3,
  'qwen2.5-coder-7b': 7,
  'qwen3-4b': 4,
};

/** These of the catalogue as they stand on a machine of so many cores. */
async function on(cores: number, change: (id: string) => Partial<AdvisedModel> = () => ({})): Promise<AdvisedModel[]> {
  const catalogue = await readCatalogue();
  return Object.entries(sizes).map(([begin, billions]) => {
    const entry = catalogue.find(({ id }) => id.startsWith(`${begin}-`));
    assert.ok(entry, begin);
    const size = entry.files.reduce((sum, file) => sum + file.size, 0);
    const { id, displayName, recommendedMemory, licence } = entry;
    return {
      ...{ id: begin, displayName, size, recommendedMemory, billions, readingTest: null },
      hasFreeLicence: licence.name.startsWith('Apache'),
      expected: expectation({ id, displayName, size }),
      secondsToRead: secondsForQuestion({ billions, speed: {} }, [], cores),
      ...change(begin),
    };
  });
}

const test = (correct: number): AdvisedModel['readingTest'] => ({
  questions: 18,
  correct,
  needed: 15,
  passed: correct >= 15,
});

describe('which model suits a machine', () => {
  it('follows from its cores and free memory', async () => {
    const table: readonly (readonly [cores: number, gigabytes: number, get: string, offer: string | null])[] = [
      // A machine that runs nothing larger in good time gets the one that only quotes.
      [1, 8, 'smollm2-135m', null],
      [2, 1.2, 'smollm2-135m', null],
      [2, 8, 'smollm2-135m', 'qwen2.5-coder-1.5b'],
      [4, 2.5, 'smollm2-135m', null],
      [4, 8, 'smollm2-135m', 'qwen2.5-coder-1.5b'],
      [8, 8, 'qwen2.5-coder-1.5b', 'qwen3-4b'],
      [8, 3, 'smollm2-135m', null],
      [16, 64, 'qwen2.5-coder-1.5b', 'qwen3-4b'],
    ];
    for (const [cores, gigabytes, get, offer] of table) {
      const models = await on(cores);
      const where = `${String(cores)} cores, ${String(gigabytes)} GB`;
      assert.equal(advise(models, gigabytes * 1e9, 'get')?.id, get, where);
      assert.equal(advise(models, gigabytes * 1e9, 'offer')?.id ?? null, offer, where);
    }
  });

  it('follows what was measured: a model that failed the test, or reads slower here than expected', async () => {
    const failed = await on(8, (id) => (id === 'qwen2.5-coder-1.5b' ? { readingTest: test(7) } : {}));
    assert.equal(advise(failed, 16e9, 'get')?.id, 'smollm2-135m');
    const slow = await on(8, (id) => (id === 'qwen2.5-coder-1.5b' ? { secondsToRead: 90 } : {}));
    assert.equal(advise(slow, 16e9, 'get')?.id, 'smollm2-135m');
    const good = await on(2, (id) => (id === 'smollm2-135m' ? { readingTest: test(16) } : {}));
    assert.equal(advise(good.slice(0, 1), 16e9, 'get')?.id, 'smollm2-135m');
  });

  it('answers with the best that is here and is not too slow, and with a slow one only when there is no other', async () => {
    const models = await on(2, (id) => (id === 'qwen2.5-coder-7b' ? { secondsToRead: 240 } : {}));
    assert.equal(advise(models, 64e9, 'use')?.id, 'qwen2.5-coder-3b');
    const alone = advise(
      models.filter(({ id }) => id === 'qwen2.5-coder-7b'),
      64e9,
      'use',
    );
    assert.equal(alone?.id, 'qwen2.5-coder-7b');
    assert.match(english.words(alone.because), /would take about 240 s here/);
  });

  it('says why and why not, in figures', async () => {
    const models = await on(4, (id) => (id === 'qwen2.5-coder-0.5b' ? { readingTest: test(16) } : {}));
    const why = advise(models, 3.5e9, 'get');
    assert.match(english.words(why?.because ?? ''), /16 of 18 right .* of 3\.5 GB free memory .* about 8 s here/);
    const [, , , three, seven] = models;
    assert.ok(three && seven);
    assert.match(
      english.words(hindranceOf(seven, 4e9, 'offer') ?? ''),
      /needs 8\.0 GB of memory, and 4\.0 GB are free/,
    );
    assert.match(english.words(hindranceOf({ ...three, secondsToRead: 1 }, 64e9, 'offer') ?? ''), /licence/);
  });

  it('never advises a hindered model while another is not, and more of a machine never makes it worse', async () => {
    const purposes = fc.constantFrom<AdvicePurpose>('use', 'get', 'offer');
    const machines = fc.record({ cores: fc.integer({ min: 1, max: 32 }), memory: fc.integer({ min: 1, max: 64 }) });
    await fc.assert(
      fc.asyncProperty(machines, purposes, async ({ cores, memory }, purpose) => {
        const models = await on(cores);
        const found = models.find(({ id }) => id === advise(models, memory * 1e9, purpose)?.id);
        if (models.some((model) => hindranceOf(model, memory * 1e9, purpose) === null))
          assert.equal(found && hindranceOf(found, memory * 1e9, purpose), null);
        const more = await on(cores + 1);
        const better = more.find(({ id }) => id === advise(more, (memory + 1) * 1e9, purpose)?.id);
        assert.ok(!found || (better && !isBetter(found, better)));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the time to read a question', () => {
  it('is that of its own runs, else of the nearest size that ran here, else of the cores', () => {
    const small = { billions: 0.5, speed: { '11': 75 } };
    assert.equal(secondsForQuestion(small, [], 2), 20);
    assert.equal(secondsForQuestion({ billions: 1.5, speed: {} }, [small], 64), 60);
    const tiny = { billions: 0.1, speed: { '11': 1000 } };
    assert.equal(secondsForQuestion({ billions: 1.5, speed: {} }, [tiny, small], 64), 60);
    const unmeasured = { billions: 1.5, speed: {} };
    assert.ok(secondsForQuestion(unmeasured, [], 4) < secondsForQuestion(unmeasured, [], 2));
  });
});
