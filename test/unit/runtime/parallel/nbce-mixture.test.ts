/** NBCE's mixture on logits made by hand. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mixContexts, usualNbce } from '../../../../src/runtime/parallel/nbce-mixture.ts';
import { seededRandom } from '../../../../src/runtime/sampling/random.ts';

const flat = Float32Array.of(1, 1, 1, 1);
const sure = Float32Array.of(0, 0, 12, 0);
const surer = Float32Array.of(0, 20, 0, 0);
const everything = { topP: 1, eta: 0, beta: 0 };

function logSoftmax(logits: Float32Array): number[] {
  const total = Math.log([...logits].reduce((sum, logit) => sum + Math.exp(logit), 0));
  return [...logits].map((logit) => logit - total);
}

describe('NBCE', () => {
  it('believes the context of the least entropy', () => {
    assert.equal(mixContexts([flat, sure, flat], flat, null, usualNbce).believed, 1);
    assert.equal(mixContexts([flat, sure, surer], flat, null, usualNbce).believed, 2);
    assert.equal(mixContexts([sure, sure], flat, null, usualNbce).believed, 0);
  });

  it('stays with the context it believed before while the others are not surer by eta', () => {
    const one = Float32Array.of(3, 0, 0, 0);
    const two = Float32Array.of(0, 3.05, 0, 0);
    assert.equal(mixContexts([one, two], flat, null, everything).believed, 1);
    assert.equal(mixContexts([one, two], flat, 0, { ...everything, eta: 0.1 }).believed, 0);
    assert.equal(mixContexts([one, surer], flat, 0, { ...everything, eta: 0.1 }).believed, 1);
  });

  it('is the plain distribution with one context and beta 0', () => {
    const random = seededRandom(2);
    for (let round = 0; round < 20; round++) {
      const logits = Float32Array.from({ length: 30 }, () => 8 * random());
      const { logits: mixed } = mixContexts([logits], new Float32Array(30), null, everything);
      for (const [id, expected] of logSoftmax(logits).entries())
        assert.ok(Math.abs((mixed[id] ?? 0) - expected) < 1e-5, String(id));
    }
  });

  it('holds what is likely without a context against the believed one', () => {
    const context = Float32Array.of(2, 1.9, 0, -9);
    const without = Float32Array.of(3, 0, 0, 3);
    const { logits } = mixContexts([context], without, null, { topP: 1, eta: 0, beta: 0.5 });
    const [p, q] = [logSoftmax(context), logSoftmax(without)];
    for (const id of [0, 1, 2, 3])
      assert.ok(Math.abs((logits[id] ?? 0) - (1.5 * (p[id] ?? 0) - 0.5 * (q[id] ?? 0))) < 1e-5);
    assert.ok((logits[1] ?? 0) > (logits[0] ?? 0));
  });

  it('leaves the nucleus of the believed context, and the free one where it says nothing', () => {
    const context = Float32Array.of(5, 4.9, 0, 0);
    const without = Float32Array.of(9, 0, 0, 0);
    const { logits } = mixContexts([context], without, null, usualNbce);
    const p = logSoftmax(context);
    assert.equal(logits[2], Number.NEGATIVE_INFINITY);
    assert.ok(Math.abs((logits[1] ?? 0) - (p[1] ?? 0)) < 1e-6, 'not in the nucleus without context: as it is');
    assert.ok(Math.abs((logits[0] ?? 0) - 1.25 * (p[0] ?? 0)) < 1e-3);
  });
});
