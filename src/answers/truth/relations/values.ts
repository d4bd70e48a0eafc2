/** Where a definition is, how often it is used, which default a parameter has and which number a name. */
import type { IndexReader } from '../../../index/types.ts';
import type { LineRange } from '../../../protocol/answers.ts';
import { fileText } from '../../code/file-text.ts';
import { createImportResolver } from '../../code/imports.ts';
import { usagesOf } from '../../code/relations.ts';
import type { Mention } from '../statements/mentions.ts';
import { type Bodies, occurrencesIn } from './bodies.ts';
import type { Known } from './known.ts';

export function isDefinedIn(reader: IndexReader, { name }: Mention, path: string): Known {
  const found = name === null ? [] : reader.definitions(name).filter(({ local }) => !local);
  if (found.length === 0) return 'unknown';
  const wanted = path.replace(/^\.\//, '').replace(/:\d.*$/, '');
  return found.some((one) => one.path === wanted || one.path.endsWith(`/${wanted}`) || wanted.endsWith(`/${one.path}`))
    ? 'yes'
    : 'no';
}

export function isUsedTimes(
  reader: IndexReader,
  bodies: Bodies,
  subject: Mention,
  count: number,
  within: Mention | null,
): Known {
  if (subject.name === null) return 'unknown';
  if (within) {
    const found = bodies.of(within).map((body) => occurrencesIn(body, subject).length);
    if (found.length === 0) return 'unknown';
    return found.includes(count) ? 'yes' : 'no';
  }
  const definitions = bodies.of(subject);
  if (definitions.length === 0) return 'unknown';
  const resolver = createImportResolver(reader);
  const name = subject.name;
  const possible = definitions.flatMap(({ path, symbol: { startLine, endLine } }) => {
    const usages = usagesOf(reader, resolver, { path, startLine, endLine, name });
    const own = usages.filter((usage) => usage.path === path);
    return [usages.length, usages.filter(({ within: inside }) => inside).length, own.length];
  });
  const occurrences = bodies.read.reduce((sum, body) => sum + occurrencesIn(body, subject).length, 0);
  return possible.includes(count) || occurrences === count ? 'yes' : 'no';
}

export function hasDefault(bodies: Bodies, owner: Mention, parameter: Mention, value: string): Known {
  const pattern = new RegExp(
    String.raw`(?<![\p{L}\p{N}_$])${escaped(parameter.name ?? parameter.text)}\??\s*(?::[^=,]*)?=\s*([^,)\n]+)`,
    'u',
  );
  const found = bodies.of(owner).flatMap(({ text }) => pattern.exec(text)?.[1]?.trim() ?? []);
  if (found.length === 0) return 'unknown';
  return found.includes(value) ? 'yes' : 'no';
}

export function hasValue(reader: IndexReader, sources: readonly LineRange[], { name }: Mention, value: string): Known {
  if (name === null) return 'unknown';
  const word = new RegExp(String.raw`(?<![\p{L}\p{N}_$])${escaped(name)}(?![\p{L}\p{N}_$])`, 'u');
  const numbers = sources.flatMap((range) => {
    const file = fileText(reader, range.path);
    const lines = file?.lines.slice(range.startLine - 1, range.endLine) ?? [];
    return lines
      .filter((line) => word.test(line))
      .flatMap((line) => line.match(/(?<![\p{L}_$.\d])\d+(?:\.\d+)?/gu) ?? []);
  });
  if (numbers.length === 0) return 'unknown';
  return numbers.includes(value) ? 'yes' : 'no';
}

function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
