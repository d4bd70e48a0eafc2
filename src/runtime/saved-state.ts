/** What a decoder's state on disk says beside its rows (cache-file.ts): what was read, where it stands, and under which scheme. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fault } from '../base/errors.ts';
import { type CacheLayout, loadRows } from './cache-file.ts';
import type { StoredRows } from './cache-store.ts';

const tokenNumber = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

const savedStateSchema = z.object({
  consumed: z.array(tokenNumber),
  positions: z.array(tokenNumber),
  evicted: z.boolean(),
  promptLength: z.int().min(0),
  window: z.object({ sinks: z.int().min(0), recent: z.int().min(1) }).nullable(),
  rule: z.string(),
  /** SHA-256 of the rotation's key. */
  rotation: z.string(),
});

export type SavedState = z.infer<typeof savedStateSchema>;

export function rotationHash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** @throws LS3008 when the file is damaged, of another model or another cache type; CancelledError */
export async function loadState(
  file: string,
  layout: CacheLayout,
  vocabulary: number,
  signal?: AbortSignal,
): Promise<{ readonly state: SavedState; readonly rows: StoredRows }> {
  const { state, rows } = await loadRows(file, layout, signal);
  const parsed = savedStateSchema.safeParse(state);
  if (
    !parsed.success ||
    parsed.data.positions.length !== rows.count ||
    parsed.data.consumed.some((id) => id >= vocabulary)
  )
    throw fault('LS3008', `${file} is damaged`);
  return { state: parsed.data, rows };
}
