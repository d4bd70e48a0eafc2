/** What the page keeps for itself over a reload: the question being written with its attachments, and what is folded open. */
import { z } from 'zod';
import { attachmentView, mostAttached } from '../src/protocol/webview.ts';

const ids = z.array(z.string());
const savedState = z.object({
  draft: z.string(),
  attached: z.array(attachmentView).max(mostAttached),
  folds: z.object({ unfolded: ids, budgets: ids, allSources: ids, reasons: ids }),
});
export type SavedState = z.infer<typeof savedState>;
type FoldName = keyof SavedState['folds'];

const nothing: SavedState = {
  draft: '',
  attached: [],
  folds: { unfolded: [], budgets: [], allSources: [], reasons: [] },
};

/** @param raw what the page kept; anything else counts as nothing */
export function readSavedState(raw: unknown): SavedState {
  const parsed = savedState.safeParse(raw);
  return parsed.success ? parsed.data : nothing;
}

/** Only what is about these turns: keys begin with a turn's id. */
export function foldsOf(
  folds: Readonly<Record<FoldName, ReadonlySet<string>>>,
  turnIds: readonly string[],
): SavedState['folds'] {
  const own = (keys: ReadonlySet<string>): string[] =>
    [...keys].filter((key) => turnIds.some((id) => key === id || key.startsWith(`${id} `)));
  return {
    unfolded: own(folds.unfolded),
    budgets: own(folds.budgets),
    allSources: own(folds.allSources),
    reasons: own(folds.reasons),
  };
}
