/** Verdicts on reuse for decoders that no trial was made of. */
import type { ReuseVerdict } from '../../src/runtime/reuse/reuse-verdict.ts';

/** @param agreement of every form */
export function reuseVerdict(agreement: number): ReuseVerdict {
  const form = { agreement, divergence: 0.001, off: 0.5 };
  return { tokens: 64, coarse: form, moved: form, joined: form };
}
