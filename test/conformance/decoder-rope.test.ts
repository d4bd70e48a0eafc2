/** RoPE scalings against the transformers library's inverse frequencies and attention factors, for three model shapes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parseRope } from '../../src/runtime/rope/specification.ts';

interface Fixtures {
  readonly models: Readonly<
    Record<
      string,
      {
        readonly head_dim: number;
        readonly rope_theta: number;
        readonly ctx: number;
        readonly cases: Readonly<
          Record<string, { readonly inv_freq: readonly number[]; readonly attention_factor: number }>
        >;
      }
    >
  >;
}
const fixtures = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/rope/rope-fixtures.json'), 'utf8'),
) as Fixtures;

/** `yarn_s2` is yarn:2; `dynamic_f2_L12288` is dynamic:2 at 12288 tokens. */
function specificationOf(name: string): { specification: string; length: number } {
  const [kind = '', factor = '', length = ''] = name.split('_');
  return { specification: factor ? `${kind}:${factor.slice(1)}` : kind, length: Number(length.slice(1)) };
}

describe('RoPE frequencies against transformers', () => {
  for (const [model, { head_dim: dimensions, rope_theta: base, ctx: contextLength, cases }] of Object.entries(
    fixtures.models,
  )) {
    for (const [name, expected] of Object.entries(cases)) {
      it(`${model} ${name}`, () => {
        const { specification, length } = specificationOf(name);
        const { frequencies, attentionFactor } = parseRope(specification).frequencies(
          { dimensions, base, contextLength },
          length,
        );
        assert.equal(frequencies.length, expected.inv_freq.length);
        for (const [i, f] of expected.inv_freq.entries()) {
          assert.ok(
            Math.abs((frequencies[i] ?? Number.NaN) - f) <= 2e-6 * f,
            `pair ${String(i)}: ${String(frequencies[i])} and ${String(f)}`,
          );
        }
        assert.ok(Math.abs(attentionFactor - expected.attention_factor) < 1e-9);
      });
    }
  }

  it('refuses what is no scaling', () => {
    for (const wrong of ['', 'linear', 'linear:0.5', 'linear:x', 'cubic:2', 'yarn:2:3', 'default:2', 'constructor:2']) {
      assert.throws(() => parseRope(wrong), /LS3003/, wrong);
    }
  });
});
