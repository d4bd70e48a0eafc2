/** Reads a prompt with the made-up decoder in a process of its own and tells what it planned and what it took: `memory-use.ts FOLDER TOKENS`. */
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { writeTrialModel } from '../../src/models/weights/trial-model.ts';
import { weightsFile } from '../../src/models/graph-cache/manifest.ts';
import { GraphSessions } from '../../src/runtime/step/graph-sessions.ts';
import { Inference } from '../../src/runtime/step/inference.ts';
import { planMemory } from '../../src/runtime/memory/memory-plan.ts';

const [folder = '', tokens = ''] = process.argv.slice(2);
const length = Number(tokens);
const sizes = { layers: 4, hidden: 512, feedForward: 1024, heads: 8, kvHeads: 8, vocabulary: 2048 };
const model = await writeTrialModel(folder, sizes);
const h = { ...model.hyperparameters, contextLength: length };
const { size } = await stat(path.join(folder, weightsFile));
const free = { available: 64 * 2 ** 30, total: 64 * 2 ** 30, limit: 'machine' } as const;
const plan = planMemory(h, size, { provider: 'cpu', free });
globalThis.gc?.();
const before = resident();
const state = Inference.create(new GraphSessions(model, 2), h, { cache: plan.cache });
const ids = Array.from({ length: length - 4 }, (_, i) => (i * 31) % sizes.vocabulary);
state.begin(ids, { rope: null, window: null, length });
for (let done = 0; done < ids.length;) {
  const slice = ids.slice(done, done + state.sliceLength('last'));
  await state.step(slice, 'last');
  done += slice.length;
}
for (let i = 0; i < 4; i++) await state.step([i], 'last');
process.stdout.write(JSON.stringify({ plan, took: resident() - before }));

/** Bytes of memory of our own: mapped files are the system's. */
function resident(): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
