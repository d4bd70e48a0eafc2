/** What a window of the cache may be. */
import { fault } from '../base/errors.ts';
import type { CacheWindow } from './decoder.ts';

/** @throws LS3005 for a window that holds nothing */
export function checkWindow({ sinks, recent }: CacheWindow): CacheWindow {
  if (!Number.isInteger(sinks) || !Number.isInteger(recent) || sinks < 0 || recent < 1) {
    throw fault('LS3005', `a window of ${String(sinks)} sinks and ${String(recent)} recent tokens is not possible`);
  }
  return { sinks, recent };
}
