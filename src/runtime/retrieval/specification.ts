/** `--retrieval SPEC`: which retrieval there is and what it takes. Grammar as `--rope`. */
import { fault } from '../../base/errors.ts';
import { type NumberRange, type Signature, type SpecificationArguments, readArguments } from '../rope/grammar.ts';
import { infLlm, infLlmDefaults } from './infllm.ts';
import { quest, questPageSize } from './quest.ts';
import type { RetrievalRule } from './retrieval-rule.ts';

interface RetrievalEntry extends Signature {
  create(given: SpecificationArguments): RetrievalRule;
}

const tokens: NumberRange = { least: 1, most: 2 ** 28, whole: true };
const page: NumberRange = { least: 1, most: 4096, whole: true };

const rules: Readonly<Record<string, RetrievalEntry>> = {
  quest: {
    numbers: [tokens],
    keys: { page },
    create: ({ numbers: [budget = 1], keys }) => quest(budget, numberOf(keys.get('page'), questPageSize)),
  },
  infllm: {
    numbers: [
      { ...tokens, least: 2 },
      { ...tokens, otherwise: infLlmDefaults.blocks },
    ],
    keys: { block: page, sinks: { ...tokens, least: 0 }, representatives: page },
    create: ({ numbers: [local = 2, blocks = 1], keys }) => {
      const blockSize = numberOf(keys.get('block'), infLlmDefaults.blockSize);
      const sinks = numberOf(keys.get('sinks'), infLlmDefaults.sinks);
      return infLlm(local, {
        blocks,
        blockSize,
        sinks,
        representatives: numberOf(keys.get('representatives'), blockSize),
      });
    },
  },
};

/** @throws LS3007 for what is not in the table */
export function parseRetrieval(specification: string): RetrievalRule {
  const [name = '', ...rest] = specification.trim().split(':');
  const entry = Object.hasOwn(rules, name) ? rules[name] : undefined;
  const given = entry && readArguments(rest, entry);
  if (!entry || !given) throw fault('LS3007', `"${specification}"`);
  return entry.create(given);
}

function numberOf(value: number | boolean | readonly number[] | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
