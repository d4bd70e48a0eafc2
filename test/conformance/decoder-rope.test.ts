/** RoPE scalings against the transformers library's inverse frequencies and attention factors, and against their own definitions. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ropeSpecification } from '../../src/models/description/rope-declaration.ts';
import type { RopeShape } from '../../src/runtime/rope/frequencies.ts';
import { logN } from '../../src/runtime/rope/log-n.ts';
import { parsePositions, parseRope } from '../../src/runtime/rope/specification.ts';

interface Fixtures {
  readonly models: Readonly<
    Record<
      string,
      {
        readonly head_dim: number;
        readonly rope_theta: number;
        readonly ctx: number;
        readonly cases: Readonly<
          Record<
            string,
            {
              readonly inv_freq: readonly number[];
              readonly attention_factor: number;
              readonly n_low?: number;
              readonly n_zero?: number;
            }
          >
        >;
      }
    >
  >;
}
const folder = path.join(import.meta.dirname, '../fixtures/rope');
const fixtures = JSON.parse(
  gunzipSync(readFileSync(path.join(folder, 'rope-fixtures.json.gz'))).toString('utf8'),
) as Fixtures;
const transformersTests = JSON.parse(readFileSync(path.join(folder, 'rope-inv-freq.json'), 'utf8')) as {
  readonly cases: readonly {
    readonly rope_type: string;
    readonly head_dim: number;
    readonly rope_theta: number;
    readonly max_position_embeddings: number;
    readonly factor?: number;
    readonly seq_len?: number;
    readonly attention_factor: number;
    /** Absent for linear, which is told as a rule. */
    readonly inv_freq?: readonly number[];
  }[];
};
const positions = JSON.parse(readFileSync(path.join(folder, 'pos-fixtures.json'), 'utf8')) as {
  readonly yarn_mscale: Readonly<Record<string, number>>;
  readonly logn: { readonly train_len: number; readonly cases: readonly (readonly [number, number])[] };
  readonly ntk_rope_mixed: {
    readonly dim: number;
    readonly k: number;
    readonly inv_freq_0_1_32_63: readonly number[];
    readonly check_last: number;
  };
};

const smollm2: RopeShape = { dimensions: 64, base: 1e5, contextLength: 8192 };

/** `yarn_s2` is yarn:2; `dynamic_f2_L12288` is dynamic:2 at 12288 tokens; `truncate_T4096` is Giraffe's truncation there. */
function specificationOf(name: string): { specification: string; length: number } {
  const [kind = '', factor = '', length = ''] = name.split('_');
  if (kind === 'power') return { specification: `giraffe-power:${factor}`, length: 0 };
  if (kind === 'truncate') return { specification: `giraffe-truncate:${factor.slice(1)}`, length: 0 };
  if (factor === 'notrunc') return { specification: `yarn:${length.slice(1)}:truncate=false`, length: 0 };
  return { specification: factor ? `${kind}:${factor.slice(1)}` : kind, length: Number(length.slice(1)) };
}

function assertClose(actual: Float64Array, expected: readonly number[], relative: number): void {
  assert.equal(actual.length, expected.length);
  for (const [i, f] of expected.entries()) {
    assert.ok(
      Math.abs((actual[i] ?? Number.NaN) - f) <= relative * f,
      `pair ${String(i)}: ${String(actual[i])} and ${String(f)}`,
    );
  }
}

function frequenciesOf(specification: string, shape = smollm2, length = 0): Float64Array {
  return parseRope(specification).frequencies(shape, length).frequencies;
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
        assertClose(frequencies, expected.inv_freq, 1e-6);
        assert.ok(Math.abs(attentionFactor - expected.attention_factor) < 1e-9);
        if (expected.n_zero !== undefined) {
          const slowest = Math.max(...frequencies.filter((f) => f > 0 && f < (2 * Math.PI) / contextLength));
          assert.equal(frequencies.filter((f) => f === 0).length, expected.n_zero);
          assert.equal(frequencies.filter((f) => f === slowest).length, expected.n_low);
        }
      });
    }
  }

  for (const { inv_freq: expected, ...given } of transformersTests.cases) {
    if (!expected) continue;
    it(`the library's own test of ${given.rope_type}`, () => {
      const shape = {
        dimensions: given.head_dim,
        base: given.rope_theta,
        contextLength: given.max_position_embeddings,
      };
      const specification = given.factor === undefined ? given.rope_type : `${given.rope_type}:${String(given.factor)}`;
      const { frequencies, attentionFactor } = parseRope(specification).frequencies(shape, given.seq_len ?? 0);
      assertClose(frequencies, expected, 1e-4);
      assert.ok(Math.abs(attentionFactor - given.attention_factor) < 1e-9);
    });
  }

  it("the library's own rule of linear", () => {
    const plain = frequenciesOf('default');
    for (const factor of [2, 10, 20])
      assert.deepEqual(
        frequenciesOf(`linear:${String(factor)}`),
        plain.map((f) => f / factor),
      );
  });
});

describe('RoPE scalings by their definitions', () => {
  const plain = frequenciesOf('default');

  it('NTK-aware slows the last pair by the factor and the first not at all', () => {
    const scaled = frequenciesOf('ntk:4');
    assert.equal(scaled[0], 1);
    assert.ok(Math.abs((scaled[31] ?? 0) - (plain[31] ?? 0) / 4) < 1e-18);
  });

  it('what follows the length changes nothing up to the trained one', () => {
    for (const specification of ['dynamic:1', 'dynamic:2', 'dynamic-linear', 'dynamic-yarn']) {
      for (const length of [1, 4096, 8192]) assert.deepEqual(frequenciesOf(specification, smollm2, length), plain);
      assert.notDeepEqual(frequenciesOf(specification, smollm2, 8193), plain);
    }
    assert.deepEqual(frequenciesOf('dynamic-linear', smollm2, 16384), frequenciesOf('linear:2'));
    assert.deepEqual(frequenciesOf('dynamic-yarn', smollm2, 16384), frequenciesOf('yarn:2'));
    assert.deepEqual(frequenciesOf('dynamic:1', smollm2, 16384), frequenciesOf('ntk:2'));
  });

  it('NTK-by-parts keeps pairs of more than beta turns and divides those of less than alpha', () => {
    const scaled = frequenciesOf('ntk-by-parts:4');
    for (const [i, f] of plain.entries()) {
      const turns = (8192 * f) / (2 * Math.PI);
      const got = scaled[i] ?? 0;
      if (turns > 32) assert.equal(got, f);
      else if (turns < 1) assert.equal(got, f / 4);
      else assert.ok(Math.abs(got - (f / 4 + ((turns - 1) / 31) * (f - f / 4))) < 1e-15);
    }
    // Twelve of SmolLM2's pairs do not finish a turn within its 8192 tokens.
    assert.equal(plain.filter((f) => (8192 * f) / (2 * Math.PI) < 1).length, 12);
    assert.equal(frequenciesOf('ntk-by-parts:4:alpha=2:beta=8').filter((f, i) => f === plain[i]).length, 15);
  });

  it('the first NTK-by-parts keeps fast pairs, interpolates slow ones and passes through NTK-aware', () => {
    const shape = { dimensions: 128, base: 10000, contextLength: 2048 };
    const unscaled = frequenciesOf('default', shape);
    const scaled = frequenciesOf('part-ntk:8', shape);
    // The ramps of the authors' code at this shape: pairs 20 to 36 leave their frequency, pairs 38 to 43 reach the interpolated one.
    for (let i = 0; i <= 20; i++) assert.equal(scaled[i], unscaled[i]);
    for (let i = 43; i < 64; i++) assert.ok(Math.abs((scaled[i] ?? 0) / ((unscaled[i] ?? 0) / 8) - 1) < 1e-12);
    const stretched = frequenciesOf('ntk:8', shape);
    for (let i = 36; i <= 38; i++) assert.ok(Math.abs((scaled[i] ?? 0) / (stretched[i] ?? 1) - 1) < 1e-12);
    for (let i = 1; i < 64; i++) assert.ok((scaled[i] ?? 0) < (scaled[i - 1] ?? 0));
  });

  it('YaRN: the temperature, and what overrides it', () => {
    for (const [factor, expected] of Object.entries(positions.yarn_mscale)) {
      assert.ok(Math.abs(parseRope(`yarn:${factor}`).frequencies(smollm2, 0).attentionFactor - expected) < 1e-12);
    }
    const temperature = (specification: string): number =>
      parseRope(specification).frequencies(smollm2, 0).attentionFactor;
    assert.equal(temperature('yarn:4:attention=1.5'), 1.5);
    assert.equal(temperature('yarn:40:mscale=1:mscale-all-dim=1'), 1);
    const quotient = (0.1 * 0.707 * Math.log(40) + 1) / (0.1 * 1.2 * Math.log(40) + 1);
    assert.ok(Math.abs(temperature('yarn:40:mscale=0.707:mscale-all-dim=1.2') - quotient) < 1e-12);
    assert.notDeepEqual(frequenciesOf('yarn:4:beta-fast=16'), frequenciesOf('yarn:4'));
    assert.notDeepEqual(frequenciesOf('yarn:4:beta-slow=2'), frequenciesOf('yarn:4'));
  });

  it('Llama 3 with its own limits and its original length', () => {
    const shape = { dimensions: 128, base: 5e5, contextLength: 131072 };
    const scaled = frequenciesOf('llama3:8:original=8192:low=1:high=4', shape);
    for (const [i, f] of frequenciesOf('default', shape).entries()) {
      const wavelength = (2 * Math.PI) / f;
      const smooth = (8192 / wavelength - 1) / (4 - 1);
      const expected = wavelength < 8192 / 4 ? f : wavelength > 8192 ? f / 8 : ((1 - smooth) * f) / 8 + smooth * f;
      assert.ok(Math.abs((scaled[i] ?? 0) / expected - 1) < 1e-12);
    }
    assert.notDeepEqual(scaled, frequenciesOf('llama3:8:original=8192:low=1:high=2', shape));
  });

  it('LongRoPE: one list of divisors up to the original context, one beyond, and the temperature', () => {
    const shape = { dimensions: 8, base: 10000, contextLength: 64 };
    const rope = parseRope('longrope:4:original=16:short=1,1.1,1.2,1.3:long=1,2,3,4');
    const unscaled = frequenciesOf('default', shape);
    assert.deepEqual(
      rope.frequencies(shape, 16).frequencies,
      unscaled.map((f, i) => f / (1 + i / 10)),
    );
    assert.deepEqual(
      rope.frequencies(shape, 17).frequencies,
      unscaled.map((f, i) => f / (i + 1)),
    );
    const expected = Math.sqrt(1 + Math.log(4) / Math.log(16));
    assert.ok(Math.abs(rope.frequencies(shape, 17).attentionFactor - expected) < 1e-12);
    assert.throws(() => parseRope('longrope:4:short=1,2:long=1,2').frequencies(shape, 1), /LS3003/);
  });

  it('Giraffe: power 0 is no scaling, truncation at the trained length unless told', () => {
    assert.deepEqual(frequenciesOf('giraffe-power:0'), plain);
    assert.deepEqual(frequenciesOf('giraffe-truncate'), frequenciesOf('giraffe-truncate:8192'));
    assert.deepEqual(frequenciesOf('giraffe-power:0:2'), frequenciesOf('linear:2'));
  });

  it('NTK-mixed slows the last pair by exactly the factor', () => {
    const { dim, k, inv_freq_0_1_32_63: some, check_last: last } = positions.ntk_rope_mixed;
    const scaled = frequenciesOf(`ntk-mixed:${String(k)}`, { dimensions: dim, base: 10000, contextLength: 4096 });
    assertClose(
      Float64Array.from([0, 1, 32, 63], (i) => scaled[i] ?? 0),
      some,
      1e-12,
    );
    assertClose(scaled.subarray(63), [last], 1e-12);
  });

  it('log-n grows with the position from the trained length on', () => {
    const { train_len: trained, cases } = positions.logn;
    for (const [position, expected] of cases) assert.ok(Math.abs(logN(position, trained) - expected) < 1e-12);
  });
});

describe('the grammar of --rope', () => {
  it('refuses what is not in it', () => {
    const wrong = [
      '',
      'linear',
      'linear:0.5',
      'linear:x',
      'linear:',
      'cubic:2',
      'yarn:2:3',
      'default:2',
      'constructor:2',
      'yarn:2:truncate=maybe',
      'yarn:2:constructor=1',
      'yarn:truncate=false:2',
      'yarn:2:truncate=false:truncate=false',
      'longrope:2:short=1,,2',
      'linear:2+yarn:2',
      'rerope:0',
      'rerope:1.5',
      'rerope:512+self-extend:512:4',
      'self-extend:512',
      'log-n:x',
      'linear:2+',
      'model:2',
    ];
    for (const specification of wrong) assert.throws(() => parsePositions(specification), /LS3003/, specification);
  });

  it('spells the same thing one way', () => {
    assert.equal(parsePositions(' yarn:4.0:truncate=false:beta-fast=16').name, 'yarn:4:beta-fast=16:truncate=false');
    assert.equal(parsePositions('leaky-rerope:512').name, 'leaky-rerope:512:16');
    assert.equal(parsePositions('ntk-mixed:12+rerope:512+log-n').name, 'ntk-mixed:12:0.75+rerope:512+log-n');
    assert.equal(parsePositions('lm-infinite:4096').name, 'lm-infinite:4096:10');
  });

  it('says what a file declares so that nothing is lost', () => {
    const rope = parseRope(
      ropeSpecification({
        ropeType: 'longrope',
        originalContextLength: 16,
        contextLength: 64,
        shortFactors: [1, 1.1],
        longFactors: [1, 0.1 + 0.2],
      }),
    );
    assert.equal(rope.name, 'longrope:4:long=1,0.30000000000000004:original=16:short=1,1.1');
    const yarn = { ropeType: 'yarn', factor: 4, originalContextLength: 16, betaFast: 32, truncate: false } as const;
    assert.equal(parseRope(ropeSpecification(yarn)).name, 'yarn:4:beta-fast=32:original=16:truncate=false');
    assert.equal(parseRope(ropeSpecification({ ropeType: 'default' })).name, 'default');
    const llama = { ropeType: 'llama3', factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4 } as const;
    assert.equal(parseRope(ropeSpecification(llama)).name, 'llama3:8:high=4:low=1');
    assert.equal(parseRope(ropeSpecification({ ropeType: 'dynamic', factor: 2 })).name, 'dynamic:2');
  });
});
