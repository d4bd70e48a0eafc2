/** Rules on distances and ALiBi slopes, exact against the reference values. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { DistanceRule } from '../../src/runtime/positions/distance-rule.ts';
import { parsePositions } from '../../src/runtime/rope/specification.ts';

type Pairs = readonly (readonly [number, number])[];
const fixtures = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/rope/pos-fixtures.json'), 'utf8'),
) as {
  readonly rerope: { readonly w: number; readonly cases: Pairs };
  readonly leaky_rerope: { readonly w: number; readonly k: number; readonly cases: Pairs };
  readonly selfextend: {
    readonly w: number;
    readonly G: number;
    readonly cases: readonly (readonly [number, number, number])[];
    readonly max_len_for_ctx4096: number;
  };
  readonly lm_infinite: { readonly global: number; readonly local: number };
  readonly alibi: Readonly<Record<string, readonly number[]>>;
  readonly ntk_alibi: Readonly<Record<string, readonly number[]>>;
};

function ruleOf(specification: string): DistanceRule {
  const { distances } = parsePositions(specification);
  assert.ok(distances);
  return distances;
}

function slopesOf(specification: string, heads: number, length = 0, trained = 2048): number[] {
  const { slopes } = parsePositions(specification);
  assert.ok(slopes);
  return [...slopes.slopes(heads, length, trained)];
}

describe('distances', () => {
  it('ReRoPE', () => {
    const rule = ruleOf(`rerope:${String(fixtures.rerope.w)}`);
    for (const [delta, expected] of fixtures.rerope.cases) assert.equal(rule.distance(delta + 77, 77), expected);
  });

  it('Leaky ReRoPE', () => {
    const { w, k, cases } = fixtures.leaky_rerope;
    const rule = ruleOf(`leaky-rerope:${String(w)}:${String(k)}`);
    for (const [delta, expected] of cases) assert.equal(rule.distance(delta + 5, 5), expected);
  });

  it('SelfExtend', () => {
    const { w, G, cases, max_len_for_ctx4096: longest } = fixtures.selfextend;
    const rule = ruleOf(`self-extend:${String(w)}:${String(G)}`);
    for (const [query, key, expected] of cases) assert.equal(rule.distance(query, key), expected);
    assert.equal(rule.reach(4096), longest);
    assert.equal(ruleOf('self-extend:10:4').distance(20, 0), 5 + 10 - 2.5);
  });

  it('LM-Infinite', () => {
    const { global, local } = fixtures.lm_infinite;
    const rule = ruleOf(`lm-infinite:${String(local)}`);
    assert.deepEqual(rule.window, { sinks: global, recent: local - 1 });
    for (const [query, key] of [
      [10, 0],
      [4095, 3],
      [4096, 0],
      [9999, 9],
      [9999, 9000],
    ] as const)
      assert.equal(rule.distance(query, key), Math.min(query - key, local));
  });

  it('the second rotation puts far pairs where the distance says', () => {
    const rules = [
      'rerope:12',
      'leaky-rerope:12:16',
      'leaky-rerope:12:1',
      'self-extend:12:4',
      'self-extend:10:4',
      'self-extend:7:1',
      'lm-infinite:12',
    ];
    for (const specification of rules) {
      const rule = ruleOf(specification);
      for (let query = 0; query < 70; query++) {
        for (let key = 0; key <= query; key++) {
          const expected = rule.distance(query, key);
          if (query - key < rule.near) assert.equal(expected, query - key, specification);
          else assert.equal((rule.farQuery(query) - rule.farKey(key)) / rule.steps, expected, specification);
          // Tables begin at 0.
          assert.ok(rule.farQuery(query) >= 0 && rule.farKey(key) >= 0);
        }
      }
    }
  });

  it('degenerate forms are the plain distance', () => {
    for (const specification of ['rerope:100', 'leaky-rerope:10:1', 'self-extend:10:1', 'lm-infinite:100']) {
      const rule = ruleOf(specification);
      for (let delta = 0; delta < 100; delta++) assert.equal(rule.distance(delta + 3, 3), delta);
    }
  });
});

describe('ALiBi slopes', () => {
  for (const [heads, expected] of Object.entries(fixtures.alibi)) {
    it(`${heads} heads`, () => {
      assert.deepEqual(slopesOf('alibi', Number(heads)), expected);
    });
  }

  for (const [name, expected] of Object.entries(fixtures.ntk_alibi)) {
    it(`NTK-ALiBi ${name}`, () => {
      const [, heads = '', factor = ''] = /^H(\d+)_a(\d+)$/.exec(name) ?? [];
      for (const [h, slope] of slopesOf(`ntk-alibi:${factor}`, Number(heads)).entries())
        assert.ok(Math.abs(slope / (expected[h] ?? Number.NaN) - 1) < 1e-14);
    });
  }

  it('PI-ALiBi divides, NTK-ALiBi leaves the heads beyond the power of two', () => {
    assert.deepEqual(
      slopesOf('pi-alibi:4', 12),
      fixtures.alibi['12']?.map((m) => m / 4),
    );
    assert.deepEqual(slopesOf('ntk-alibi:2', 12).slice(8), fixtures.alibi['12']?.slice(8));
    assert.deepEqual(slopesOf('ntk-alibi:2', 12).slice(0, 8), slopesOf('ntk-alibi:2', 8));
  });

  it('dynamic NTK-ALiBi begins where the trained length ends', () => {
    assert.deepEqual(slopesOf('dynamic-ntk-alibi', 8, 2048), fixtures.alibi['8']);
    assert.deepEqual(slopesOf('dynamic-ntk-alibi:2', 8, 4096), slopesOf('ntk-alibi:4', 8));
  });
});
