/** What `models inspect` says a decoder takes of memory is what it takes once it is open. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { silentLogger } from '../../../src/base/logging.ts';
import { prepareModel, preparedSizes } from '../../../src/models/weights/prepared-model.ts';
import { planDecoder } from '../../../src/runtime/memory/plan-decoder.ts';
import { openDecoder } from '../../../src/runtime/open-decoder.ts';
import { decoderFixtures } from '../../support/decoder.ts';
import { temporaryFolder } from '../../support/small-repository.ts';

const never = new AbortController().signal;
const own = path.join(decoderFixtures, 'own');
const files = readdirSync(own).flatMap((name) =>
  ['model.gguf', 'model.safetensors', 'model.safetensors.index.json']
    .map((file) => path.join(own, name, file))
    .filter((file) => existsSync(file)),
);

describe('the size of the graphs’ weights', () => {
  for (const file of files)
    it(`is known before they are written: ${path.relative(own, file)}`, async (t) => {
      const prepared = await prepareModel({ file, home: temporaryFolder(t, 'home'), logger: silentLogger });
      const { hyperparameters, weightBytes, isExact } = prepared;
      prepared.dispose();
      assert.deepEqual(await preparedSizes(file), { hyperparameters, weightBytes, isExact });
    });
});

describe('the plan of memory', () => {
  it('is the same before a decoder is opened and after', async (t) => {
    const home = temporaryFolder(t, 'home');
    for (const name of ['llama-q4k', 'qwen3']) {
      const folder = path.join(own, name);
      const file = existsSync(path.join(folder, 'model.gguf')) ? path.join(folder, 'model.gguf') : folder;
      const plan = await planDecoder(file, { home, threads: 1, provider: 'cpu' }, never);
      const options = { file, id: name, displayName: name, home, threads: 1, logger: silentLogger };
      const decoder = await openDecoder(options, () => undefined, never);
      const { memory, window } = decoder.info;
      await decoder.dispose();
      assert.deepEqual({ memory, window }, { memory: plan.total, window: plan.window });
    }
  });
});
