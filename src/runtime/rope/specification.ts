/**
 * `--rope SPEC`: how distances between tokens are felt. Parts joined by `+`, at most one of each kind: a RoPE scaling
 * (scalings.ts), a rule on distances (positions/distance-rules.ts) or ALiBi slopes (biases/slope-rules.ts), and `log-n`.
 * `model` is what the model's own file declares, and what holds where a part is left out.
 */
import { fault } from '../../base/errors.ts';
import { slopeRules } from '../biases/slope-rules.ts';
import type { DistanceRule } from '../positions/distance-rule.ts';
import { distanceRules } from '../positions/distance-rules.ts';
import type { RopeFrequencies, RopeShape } from './frequencies.ts';
import { type Signature, type SpecificationArguments, readArguments } from './grammar.ts';
import { scalingRules } from './scalings.ts';

/** A RoPE scaling that was chosen, ready for any length. */
export interface RopeScaling {
  /** The specification in its one spelling; the same text is the same scaling. */
  readonly name: string;
  /** How many times the trained length it is meant to reach; infinite for what follows the length. */
  readonly reach: number;
  /** Whether frequencies depend on the length: not, for each token, or by one switch at the trained length. */
  readonly follows: 'nothing' | 'each-token' | 'switch';
  /** Tokens the model was trained for, where the scaling says that itself. */
  readonly original: number | null;
  /** @param length tokens so far; only scalings that follow it look at it */
  frequencies(shape: RopeShape, length: number): RopeFrequencies;
}

/** ALiBi slopes that were chosen. */
export interface SlopeRule {
  readonly reach: number;
  /** @param length tokens in all @returns one slope a head */
  slopes(heads: number, length: number, trainedLength: number): Float64Array;
}

export interface PositionScheme {
  /** The specification in its one spelling. */
  readonly name: string;
  /** null: the model's own. */
  readonly scaling: RopeScaling | null;
  /** null: distances are what they are. */
  readonly distances: DistanceRule | null;
  /** null: the model's own. */
  readonly slopes: SlopeRule | null;
  /** Log-n attention: null for none; a trained length of null is the model's. */
  readonly logN: { readonly trainedLength: number | null } | null;
}

const logNSignature: Signature = { numbers: [{ least: 2, most: 2 ** 28, whole: true, otherwise: 0 }] };

/** @throws LS3003 for what is not in the grammar */
export function parsePositions(specification: string): PositionScheme {
  let scaling: RopeScaling | null = null;
  let distances: DistanceRule | null = null;
  let slopes: SlopeRule | null = null;
  let logN: PositionScheme['logN'] = null;
  const names: string[] = [];
  const seen = new Set<string>();
  for (const part of specification.trim().split('+')) {
    const [name = '', ...rest] = part.split(':');
    const refuse = (): never => {
      throw fault('LS3003', `"${specification}"`);
    };
    const once = (kind: string): void => {
      if (seen.has(kind)) refuse();
      seen.add(kind);
    };
    const read = (signature: Signature): SpecificationArguments => readArguments(rest, signature) ?? refuse();
    if (name === 'model') {
      once('scaling');
      read({ numbers: [] });
      names.push(name);
    } else if (name === 'log-n') {
      once('log-n');
      const [trained = 0] = read(logNSignature).numbers;
      logN = { trainedLength: trained || null };
      names.push(trained ? `${name}:${String(trained)}` : name);
    } else if (Object.hasOwn(scalingRules, name)) {
      once('scaling');
      scaling = readScaling(name, rest) ?? refuse();
      names.push(scaling.name);
    } else if (Object.hasOwn(distanceRules, name)) {
      once('distances');
      const rule = distanceRules[name] ?? refuse();
      distances = rule.create(read(rule).numbers);
      names.push(distances.name);
    } else if (Object.hasOwn(slopeRules, name)) {
      once('slopes');
      const rule = slopeRules[name] ?? refuse();
      const { numbers, text } = read(rule);
      slopes = {
        reach: rule.reach(numbers),
        slopes: (heads, length, trained) => rule.slopes(heads, length, trained, numbers),
      };
      names.push(text ? `${name}:${text}` : name);
    } else refuse();
  }
  return { name: names.join('+'), scaling, distances, slopes, logN };
}

/** A scaling alone, as a model's file declares it. @throws LS3003 for anything else */
export function parseRope(specification: string): RopeScaling {
  const [name = '', ...rest] = specification.trim().split(':');
  const scaling = readScaling(name, rest);
  if (!scaling) throw fault('LS3003', `"${specification}"`);
  return scaling;
}

function readScaling(name: string, rest: readonly string[]): RopeScaling | null {
  const rule = Object.hasOwn(scalingRules, name) ? scalingRules[name] : undefined;
  const given = rule && readArguments(rest, rule);
  if (!rule || !given) return null;
  const stated = given.keys.get('original');
  const original = typeof stated === 'number' ? stated : null;
  return {
    name: given.text ? `${name}:${given.text}` : name,
    reach: rule.reach(given),
    follows: rule.follows ?? 'nothing',
    original,
    frequencies: (shape, length) =>
      rule.frequencies(original === null ? shape : { ...shape, contextLength: original }, length, given),
  };
}
