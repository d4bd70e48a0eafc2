/** What changed in a summary: the claims of two trees of the same repository, part by part. */
import type { Claim, SummaryChange, SummaryNode } from '../../protocol/summary.ts';

/**
 * Parts in which some claim is new or gone, by path.
 * @param before the tree of the past: a part that a model did not write, while it wrote the one of now, is unknown
 */
export function changesBetween(before: readonly SummaryNode[], now: readonly SummaryNode[]): SummaryChange[] {
  const old = new Map(before.map((node) => [keyOf(node), node]));
  const current = new Set(now.map(keyOf));
  const changed = now.flatMap((node): SummaryChange[] => {
    const { path, kind, claims } = node;
    const past = old.get(keyOf(node));
    if (past && past.hash === node.hash) return [];
    if (past && past.writer !== node.writer) return [{ path, kind, added: claims, removed: null }];
    const said = new Set(past?.claims.map(wordsOf));
    const says = new Set(claims.map(wordsOf));
    const added = claims.filter((claim) => !said.has(wordsOf(claim)));
    const removed = past?.claims.filter((claim) => !says.has(wordsOf(claim))) ?? [];
    return added.length + removed.length > 0 ? [{ path, kind, added, removed }] : [];
  });
  const gone = before
    .filter((node) => !current.has(keyOf(node)))
    .map(({ path, kind, claims }): SummaryChange => ({ path, kind, added: [], removed: claims }));
  return [...changed, ...gone].toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function keyOf({ path, kind }: SummaryNode): string {
  return `${kind === 'file' ? 'file' : 'folder'} ${path}`;
}

/** What a claim says: its numbers are of sources that differ from one text to the next. */
function wordsOf({ text }: Claim): string {
  return text.replaceAll(/ ?\[\d+\]/g, '').trim();
}
