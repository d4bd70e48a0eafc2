/** The table of RoPE scalings: what each is called in `--rope`, what it takes, and the file that computes it. */
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';
import { giraffePower } from './giraffe-power.ts';
import { giraffeTruncate } from './giraffe-truncate.ts';
import type { KeyType, NumberRange, Signature, SpecificationArguments } from './grammar.ts';
import { dynamicLinear, linear } from './linear.ts';
import { llama3 } from './llama3.ts';
import { longRope } from './longrope.ts';
import { ntkByParts } from './ntk-by-parts.ts';
import { ntkMixed } from './ntk-mixed.ts';
import { dynamicNtk, ntk } from './ntk.ts';
import { partNtk } from './part-ntk.ts';
import { type YarnOptions, dynamicYarn, yarn } from './yarn.ts';

export interface ScalingRule extends Signature {
  /** Whether frequencies depend on the length: not, for each token, or by one switch at the trained length. */
  readonly follows?: 'each-token' | 'switch';
  /** How many times the trained length it is meant to reach. */
  reach(given: SpecificationArguments): number;
  /** @param length tokens in all that the tables are for */
  frequencies(shape: RopeShape, length: number, given: SpecificationArguments): RopeFrequencies;
}

/** Factors beyond this are a slip of the finger, not a wish. */
const factor: NumberRange = { least: 1, most: 1024 };
const optionalFactor: NumberRange = { ...factor, otherwise: 1 };
const tokens: NumberRange = { least: 2, most: 2 ** 28, whole: true };
const positive: NumberRange = { least: 1e-3, most: 1e6 };
const exponent: NumberRange = { least: 0, most: 8 };
/** Tokens the model was trained for before it was stretched, where its file says so. */
const original: Readonly<Record<string, KeyType>> = { original: tokens };
const yarnKeys: Readonly<Record<string, KeyType>> = {
  ...original,
  'beta-fast': positive,
  'beta-slow': positive,
  truncate: 'flag',
  attention: positive,
  mscale: positive,
  'mscale-all-dim': positive,
};

const first = ({ numbers }: SpecificationArguments): number => numbers[0] ?? 1;
const second = ({ numbers }: SpecificationArguments): number => numbers[1] ?? 1;
const unlimited = (): number => Number.POSITIVE_INFINITY;

/** A number given by its key, as an object to spread: absent where it was not given. */
function given<K extends string>(args: SpecificationArguments, key: string, as: K): Partial<Record<K, number>> {
  const value = args.keys.get(key);
  return typeof value === 'number' ? ({ [as]: value } as Partial<Record<K, number>>) : {};
}

function list(args: SpecificationArguments, key: string): readonly number[] {
  const value = args.keys.get(key);
  return Array.isArray(value) ? (value as readonly number[]) : [];
}

function yarnOptions(args: SpecificationArguments): YarnOptions {
  return {
    ...given(args, 'beta-fast', 'betaFast'),
    ...given(args, 'beta-slow', 'betaSlow'),
    ...given(args, 'attention', 'attentionFactor'),
    ...given(args, 'mscale', 'mscale'),
    ...given(args, 'mscale-all-dim', 'mscaleAllDim'),
    truncate: args.keys.get('truncate') !== false,
  };
}

export const scalingRules: Readonly<Record<string, ScalingRule>> = {
  default: {
    numbers: [],
    keys: original,
    reach: () => 1,
    frequencies: (shape) => ({ frequencies: defaultFrequencies(shape), attentionFactor: 1 }),
  },
  linear: {
    numbers: [factor],
    keys: original,
    reach: first,
    frequencies: (shape, _, args) => linear(shape, first(args)),
  },
  'dynamic-linear': {
    follows: 'each-token',
    numbers: [],
    keys: original,
    reach: unlimited,
    frequencies: (shape, length) => dynamicLinear(shape, length),
  },
  ntk: { numbers: [factor], keys: original, reach: first, frequencies: (shape, _, args) => ntk(shape, first(args)) },
  dynamic: {
    follows: 'each-token',
    numbers: [factor],
    keys: original,
    reach: unlimited,
    frequencies: (shape, length, args) => dynamicNtk(shape, first(args), length),
  },
  'ntk-by-parts': {
    numbers: [factor],
    keys: { ...original, alpha: positive, beta: positive },
    reach: first,
    frequencies: (shape, _, args) =>
      ntkByParts(shape, first(args), { ...given(args, 'alpha', 'alpha'), ...given(args, 'beta', 'beta') }),
  },
  'part-ntk': {
    numbers: [factor],
    keys: original,
    reach: first,
    frequencies: (shape, _, args) => partNtk(shape, first(args)),
  },
  yarn: {
    numbers: [factor],
    keys: yarnKeys,
    reach: first,
    frequencies: (shape, _, args) => yarn(shape, first(args), yarnOptions(args)),
  },
  'dynamic-yarn': {
    follows: 'each-token',
    numbers: [],
    keys: yarnKeys,
    reach: unlimited,
    frequencies: (shape, length, args) => dynamicYarn(shape, length, yarnOptions(args)),
  },
  llama3: {
    numbers: [factor],
    keys: { ...original, low: positive, high: positive },
    reach: first,
    frequencies: (shape, _, args) =>
      llama3(shape, first(args), { ...given(args, 'low', 'low'), ...given(args, 'high', 'high') }),
  },
  longrope: {
    follows: 'switch',
    numbers: [factor],
    keys: { ...original, short: 'numbers', long: 'numbers', attention: positive },
    reach: first,
    frequencies: (shape, length, args) =>
      longRope(shape, length, {
        factor: first(args),
        shortFactors: list(args, 'short'),
        longFactors: list(args, 'long'),
        ...given(args, 'attention', 'attentionFactor'),
      }),
  },
  'giraffe-power': {
    numbers: [exponent, optionalFactor],
    keys: original,
    reach: second,
    frequencies: (shape, _, args) => giraffePower(shape, first(args), second(args)),
  },
  'giraffe-truncate': {
    numbers: [{ ...tokens, otherwise: 0 }, optionalFactor],
    keys: original,
    reach: second,
    frequencies: (shape, _, args) => giraffeTruncate(shape, args.numbers[0] || shape.contextLength, second(args)),
  },
  'ntk-mixed': {
    numbers: [factor, { ...exponent, otherwise: 0.75 }],
    keys: original,
    reach: first,
    frequencies: (shape, _, args) => ntkMixed(shape, first(args), second(args)),
  },
};
