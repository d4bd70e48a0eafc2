/** `--mask SPEC`: the table of masks, what each is called and what it takes. Grammar as `--rope`. */
import { fault } from '../../base/errors.ts';
import { type NumberRange, type Signature, readArguments } from '../rope/grammar.ts';
import { block } from './block.ts';
import { causal } from './causal.ts';
import { dilated } from './dilated.ts';
import { globalLocal } from './global-local.ts';
import type { Mask } from './mask.ts';
import { parallelWindows } from './parallel-windows.ts';
import { slidingWindow } from './sliding-window.ts';
import { strided } from './strided.ts';

interface MaskEntry extends Signature {
  create(numbers: readonly number[]): Mask;
}

const tokens: NumberRange = { least: 1, most: 2 ** 28, whole: true };
const count: NumberRange = { least: 0, most: 2 ** 28, whole: true };

const masks: Readonly<Record<string, MaskEntry>> = {
  causal: { numbers: [], create: () => causal },
  window: { numbers: [tokens], create: ([w = 1]) => slidingWindow(w) },
  dilated: { numbers: [tokens, tokens], create: ([w = 1, r = 1]) => dilated(w, r) },
  block: { numbers: [tokens, { ...count, otherwise: 0 }], create: ([size = 1, before = 0]) => block(size, before) },
  'global-local': { numbers: [count, tokens], create: ([global = 0, w = 1]) => globalLocal(global, w) },
  strided: { numbers: [tokens], create: ([stride = 1]) => strided(stride) },
  'parallel-windows': { numbers: [tokens, tokens], create: ([size = 1, n = 1]) => parallelWindows(size, n) },
};

/** @throws LS3006 for what is not in the table */
export function parseMask(specification: string): Mask {
  const [name = '', ...rest] = specification.trim().split(':');
  const entry = Object.hasOwn(masks, name) ? masks[name] : undefined;
  const given = entry && readArguments(rest, entry);
  if (!entry || !given) throw fault('LS3006', `"${specification}"`);
  return entry.create(given.numbers);
}
