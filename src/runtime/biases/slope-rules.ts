/** The table of ALiBi slopes: what each is called in `--rope`, what it takes, and the file that computes it. */
import type { NumberRange, Signature } from '../rope/grammar.ts';
import { alibiSlopes } from './alibi.ts';
import { dynamicNtkAlibiSlopes, ntkAlibiSlopes } from './ntk-alibi.ts';
import { piAlibiSlopes } from './pi-alibi.ts';

interface SlopeRuleEntry extends Signature {
  /** @param length tokens in all @returns one slope a head */
  slopes(heads: number, length: number, trainedLength: number, numbers: readonly number[]): Float64Array;
  reach(numbers: readonly number[]): number;
}

const factor: NumberRange = { least: 1, most: 1024 };

export const slopeRules: Readonly<Record<string, SlopeRuleEntry>> = {
  alibi: { numbers: [], slopes: (heads) => alibiSlopes(heads), reach: () => 1 },
  'pi-alibi': {
    numbers: [factor],
    slopes: (heads, _length, _trained, [a = 1]) => piAlibiSlopes(heads, a),
    reach: ([a = 1]) => a,
  },
  'ntk-alibi': {
    numbers: [factor],
    slopes: (heads, _length, _trained, [a = 1]) => ntkAlibiSlopes(heads, a),
    reach: ([a = 1]) => a,
  },
  'dynamic-ntk-alibi': {
    numbers: [{ ...factor, otherwise: 1 }],
    slopes: (heads, length, trained, [a = 1]) => dynamicNtkAlibiSlopes(heads, a, length, trained),
    reach: () => Number.POSITIVE_INFINITY,
  },
};
