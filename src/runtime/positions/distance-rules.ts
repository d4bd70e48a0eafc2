/** The table of distance rules: what each is called in `--rope`, what it takes, and the file that has it. */
import type { NumberRange, Signature } from '../rope/grammar.ts';
import type { DistanceRule } from './distance-rule.ts';
import { leakyRerope } from './leaky-rerope.ts';
import { lmInfinite } from './lm-infinite.ts';
import { rerope } from './rerope.ts';
import { selfExtend } from './self-extend.ts';

interface DistanceRuleEntry extends Signature {
  create(numbers: readonly number[]): DistanceRule;
}

const window: NumberRange = { least: 1, most: 2 ** 28, whole: true };
const steps: NumberRange = { least: 1, most: 256, whole: true };
/** Sinks of LM-Infinite in the authors' code. */
const global: NumberRange = { least: 0, most: 2 ** 20, whole: true, otherwise: 10 };

export const distanceRules: Readonly<Record<string, DistanceRuleEntry>> = {
  rerope: { numbers: [window], create: ([w = 1]) => rerope(w) },
  'leaky-rerope': { numbers: [window, { ...steps, otherwise: 16 }], create: ([w = 1, k = 1]) => leakyRerope(w, k) },
  'self-extend': { numbers: [window, steps], create: ([w = 1, g = 1]) => selfExtend(w, g) },
  'lm-infinite': { numbers: [window, global], create: ([local = 1, sinks = 0]) => lmInfinite(local, sinks) },
};
