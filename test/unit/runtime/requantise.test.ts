/** The file that llama.cpp's fastest kernels are measured on: whole, and rounded as ggml rounds. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { dequantize } from '../../../src/models/gguf/dequantize.ts';
import { tensorTypes } from '../../../src/models/gguf/tensor-types.ts';
import { openModelFile, openTensors } from '../../../src/models/model-file.ts';
import { requantise, toQ40 } from '../../../src/runtime/bench/requantise.ts';
import { decoderFixtures, largestDifference, readFloats } from '../../support/decoder.ts';

const quants = path.join(import.meta.dirname, '../../fixtures/gguf-quants');

describe('weights in Q4_0', () => {
  it('are those of ggml', () => {
    const type = tensorTypes.get(2);
    assert.equal(type?.name, 'Q4_0');
    const rounded = dequantize(type, toQ40(readFloats(path.join(quants, 'f32.f32'))));
    // Zeros of either sign.
    assert.equal(largestDifference(rounded, readFloats(path.join(quants, 'q4_0.f32'))), 0);
  });

  it('are of every quantised matrix of a layer; metadata and all other tensors stay', async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'longsight-requantise-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const source = path.join(decoderFixtures, 'tiny/llama-tied/model.gguf');
    const target = path.join(folder, 'out.gguf');
    await requantise(source, target);
    assert.deepEqual(await readdir(folder), ['out.gguf']);
    const [before, after] = [await openModelFile(source), await openModelFile(target)];
    assert.deepEqual(after.metadata, before.metadata);
    assert.deepEqual([...after.tensors.keys()].sort(), [...before.tensors.keys()].sort());
    const [old, made] = [openTensors(before), openTensors(after)];
    t.after(async () => {
      await old.close();
      await made.close();
    });
    for (const [name, tensor] of before.tensors) {
      const same = after.tensors.get(name);
      assert.ok(same, name);
      assert.deepEqual(await made.floats(same), await old.floats(tensor), name);
    }
  });

  it('are refused for a file in several parts or another format', async () => {
    const file = path.join(decoderFixtures, 'tiny/llama-tied/config.json');
    await assert.rejects(requantise(file, path.join(tmpdir(), 'never.gguf')), /LS|GGUF/);
    assert.ok(readFileSync(file).length > 0);
  });
});
