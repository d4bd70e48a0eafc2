/**
 * Which files of a repository are indexed belongs to its index: what a client states is kept there, and a client that states
 * nothing takes what is there. So the editor and the command line see the same files, and neither reads them again for the other.
 */
import { z } from 'zod';
import type { FileRules } from '../protocol/engine.ts';
import type { ScanSettings } from '../repository/scan.ts';
import type { Store } from './store/store.ts';

/** Until somebody states other ones. */
const usualRules: ScanSettings = { include: [], exclude: [], maxFileSize: 1024 * 1024 };

const key = 'rules';
const schema = z.object({
  include: z.array(z.string()).exactOptional(),
  exclude: z.array(z.string()).exactOptional(),
  maxFileSize: z.number().positive().exactOptional(),
});

/** The rules of an index after a client has stated some, or none; those stated are kept where the index can be written. */
export function rulesOf(store: Pick<Store, 'meta' | 'setMeta' | 'writeFault'>, stated: FileRules): ScanSettings {
  const { include, exclude, maxFileSize } = stated;
  const kept = {
    ...readKept(store.meta(key)),
    ...(include && { include }),
    ...(exclude && { exclude }),
    ...(maxFileSize !== undefined && { maxFileSize }),
  };
  if (!store.writeFault && Object.keys(kept).length > 0) store.setMeta(key, JSON.stringify(kept));
  return { ...usualRules, ...kept };
}

function readKept(text: string | undefined): z.infer<typeof schema> {
  if (text === undefined) return {};
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // Damaged, or of a later version: the usual rules hold until others are stated.
    return {};
  }
}
