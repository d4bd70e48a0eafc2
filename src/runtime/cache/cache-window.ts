/** What a window of the cache may be. */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import type { CacheWindow } from '../decoder.ts';

/** @throws LS3005 for a window that holds nothing */
export function checkWindow({ sinks, recent }: CacheWindow): CacheWindow {
  if (!Number.isInteger(sinks) || !Number.isInteger(recent) || sinks < 0 || recent < 1) {
    throw fault(
      'LS3005',
      say('a window of {0} sinks and {1} recent tokens is not possible', String(sinks), String(recent)),
    );
  }
  return { sinks, recent };
}
