/** The items of a computed list as evidence: each with the exact lines it cites. */
import { say } from '../../base/sentences.ts';
import type { IndexReader } from '../../index/types.ts';
import { type FileText, type NamedRepository, chunkAt, fileText } from '../code/file-text.ts';
import { type Evidence, toEvidence } from '../evidence/evidence.ts';
import type { ListedItem } from './form.ts';

/** Lines of one item that travel with the answer: its beginning is what opens. */
const mostLines = 60;

export interface ListedEvidence {
  readonly item: ListedItem;
  readonly evidence: Evidence;
}

/** In the order of the items; one whose file left the index meanwhile is left out. */
export function listEvidence(
  items: readonly ListedItem[],
  reader: IndexReader,
  repository: NamedRepository | null,
): ListedEvidence[] {
  const files = new Map<string, FileText | undefined>();
  const taken = new Set<string>();
  return items.flatMap((item) => {
    const file = files.get(item.path) ?? fileText(reader, item.path);
    files.set(item.path, file);
    const chunk = file && chunkAt(file, item.startLine);
    if (!file || !chunk) return [];
    const endLine = Math.min(item.endLine, item.startLine + mostLines - 1, file.lines.length);
    const passage = { chunk, symbol: item.symbol, startLine: item.startLine, endLine };
    const evidence = toEvidence(
      file,
      passage,
      { score: 0, ranks: {} },
      true,
      say('in the list that was asked for'),
      repository,
    );
    // Several places of a chunk are several sources: the line, and where that is not enough a count, tells them apart.
    let id = `${chunk.id}:${String(item.startLine)}`;
    for (let more = 2; taken.has(id); more++) id = `${chunk.id}:${String(item.startLine)}:${String(more)}`;
    taken.add(id);
    return [{ item, evidence: { ...evidence, id } }];
  });
}
