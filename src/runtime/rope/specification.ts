/** `--rope SPEC`: the name of a scaling and its factor, as in command-line.md. */
import { fault } from '../../base/errors.ts';
import { type RopeFrequencies, type RopeShape, defaultFrequencies } from './frequencies.ts';
import { linear } from './linear.ts';
import { llama3 } from './llama3.ts';
import { dynamicNtk, ntk } from './ntk.ts';
import { yarn } from './yarn.ts';

/** A scaling that was chosen, ready for any length. */
export interface RopeScaling {
  /** The specification in its one spelling; the same text is the same scaling. */
  readonly name: string;
  /** How many times the trained length it is meant to reach. */
  readonly reach: number;
  /** @param length tokens in all that the tables are for; only dynamic scalings look at it */
  frequencies(shape: RopeShape, length: number): RopeFrequencies;
}

type Rule = (shape: RopeShape, factor: number, length: number) => RopeFrequencies;

const rules: Readonly<Record<string, Rule>> = { linear, ntk, dynamic: dynamicNtk, yarn, llama3 };

/** Factors beyond this are a slip of the finger, not a wish. */
const maxFactor = 1024;

/** @throws LS3003 for a name that is unknown or a factor below 1 */
export function parseRope(specification: string): RopeScaling {
  const [name = '', factorText, ...rest] = specification.trim().split(':');
  if (name === 'default' && factorText === undefined) {
    return { name, reach: 1, frequencies: (shape) => ({ frequencies: defaultFrequencies(shape), attentionFactor: 1 }) };
  }
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  const factor = Number(factorText);
  if (!rule || rest.length > 0 || !(factor >= 1 && factor <= maxFactor)) throw fault('LS3003', `"${specification}"`);
  return {
    name: `${name}:${String(factor)}`,
    reach: factor,
    frequencies: (shape, length) => rule(shape, factor, length),
  };
}
