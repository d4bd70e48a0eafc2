/** A process that opens a decoder on WebGPU and computes with it until it is killed: `decoder-user.ts HOME FILE`. */
import { silentLogger } from '../../src/base/logging.ts';
import { openDecoder } from '../../src/runtime/open-decoder.ts';

const [home = '', file = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const options = {
  file,
  id: 'x',
  displayName: 'X',
  home,
  threads: 1,
  logger: silentLogger,
  provider: 'webgpu',
} as const;
const decoder = await openDecoder(options, () => undefined, signal);
process.send?.(decoder.info);
const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };
for (;;) await decoder.decode({ tokenIds: [1, 2, 3], maxTokens: 16, sampling }, () => undefined, signal);
