/** How many files import each file: what others rest on is what a question is more often about. */
import type { IndexReader } from '../../index/types.ts';
import { stemOfName } from '../file-table.ts';

const gatherers = new Set(['__init__', 'index', 'mod', 'lib']);
/** A name that so many files share says nothing on which of them is meant. */
const mostTargets = 8;

/**
 * The number of files that import each file, by path. A specifier is resolved by path when it is relative, and else by its last
 * segments (dotted, `::` or slashed), the longest that fit; those that fit many files equally (a package) count for each of them.
 */
export function importCounts(reader: Pick<IndexReader, 'importsOf'>, paths: readonly string[]): Map<string, number> {
  const byTail = tailsOf(paths);
  const counts = new Map<string, number>();
  for (const path of paths) {
    const targets = new Set<string>();
    for (const { specifier } of reader.importsOf(path))
      for (const target of resolve(specifier, path, byTail)) targets.add(target);
    targets.delete(path);
    for (const target of targets) counts.set(target, (counts.get(target) ?? 0) + 1);
  }
  return counts;
}

/** Files by their last segment, endings dropped; a gatherer (`a/__init__.py`) goes by its directory. */
function tailsOf(
  paths: readonly string[],
): Map<string, { readonly segments: readonly string[]; readonly path: string }[]> {
  const byTail = new Map<string, { segments: string[]; path: string }[]>();
  for (const path of paths) {
    const segments = path.split('/');
    const stem = stemOfName(segments.pop() ?? '');
    if (!gatherers.has(stem) || segments.length === 0) segments.push(stem);
    const tail = segments.at(-1) ?? '';
    const same = byTail.get(tail);
    if (same) same.push({ segments, path });
    else byTail.set(tail, [{ segments, path }]);
  }
  return byTail;
}

function resolve(specifier: string, from: string, byTail: ReturnType<typeof tailsOf>): readonly string[] {
  const segments = segmentsOf(specifier, from);
  // The last segment may be a name inside the module (`from a import b`, `use a::b`), so it is tried with and without.
  for (const tried of [segments, segments.slice(0, -1)]) {
    const tail = tried.at(-1);
    if (tail === undefined) continue;
    let longest = 0;
    let targets: string[] = [];
    for (const candidate of byTail.get(tail) ?? []) {
      const common = commonTail(tried, candidate.segments);
      if (common > longest) [longest, targets] = [common, []];
      if (common === longest) targets.push(candidate.path);
    }
    // One segment in common is a guess unless it is all there was to say.
    if (longest > 0 && targets.length <= mostTargets && (longest > 1 || tried.length <= 2)) return targets;
  }
  return [];
}

function segmentsOf(specifier: string, from: string): string[] {
  const directory = from.split('/').slice(0, -1);
  if (/^\.{1,2}\//.test(specifier)) {
    const resolved = [...directory];
    for (const part of specifier.split('/')) {
      if (part === '..') resolved.pop();
      else if (part !== '.' && part !== '') resolved.push(part);
    }
    const stem = (resolved.pop() ?? '').replace(/\.(?:[cm]?[jt]sx?|h|hpp|hh|hxx|rb|inc|php)$/, '');
    return [...resolved, stem];
  }
  const dots = /^\.+/.exec(specifier)?.[0].length ?? 0;
  // Python's relative imports: one dot is this package, each further one a directory up.
  const base = dots > 0 ? directory.slice(0, directory.length - dots + 1) : [];
  const rest = specifier
    .slice(dots)
    .replace(/\.(?:h|hpp|hh|hxx|inc|rb|php)$/, '')
    .split(/[./\\]|::/)
    .filter((part) => part !== '' && !['crate', 'super', 'self', '*'].includes(part));
  return [...base, ...rest];
}

function commonTail(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a.at(-1 - length) === b.at(-1 - length)) length++;
  return length;
}
