/** Bytes of a working copy: made by graphs out of many rows, or by a loop out of few, they are the same. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CopiedBytes } from '../../../src/runtime/cache/copied-bytes.ts';
import { GraphSessions } from '../../../src/runtime/step/graph-sessions.ts';
import { KvCache } from '../../../src/runtime/cache/kv-cache.ts';
import { RopeTables } from '../../../src/runtime/rope/tables.ts';
import { decoderFixtures, openForTest } from '../../support/decoder.ts';

const rows = 90;
/** YaRN's lengthens what it rotates. */
const attentionFactor = 1.2;

describe('the bytes of a working copy', () => {
  it('do not depend on how many rows are rounded at once', async (t) => {
    const { prepared } = await openForTest(t, path.join(decoderFixtures, 'tiny/llama-tied/model.gguf'));
    const h = prepared.hyperparameters;
    const { layers, kvHeads, headSize } = h;
    const sessions = new GraphSessions(prepared, 2);
    t.after(() => sessions.release());
    const cache = new KvCache(layers, { kvHeads, headSize });
    const numbers = (seed: number): Float32Array =>
      Float32Array.from({ length: rows * kvHeads * headSize }, (_, i) => Math.sin(i * i * 0.37 + seed) * (1 + (i % 5)));
    const held = cache.store(
      Array.from({ length: rows }, (_, i) => i),
      (layer) => ({ k: numbers(layer), v: numbers(layer + 100) }),
    );
    const frequencies = Float64Array.from({ length: headSize / 2 }, (_, i) => 10_000 ** ((-2 * i) / headSize));
    const tables = new RopeTables({ frequencies, attentionFactor });
    // Two stretches, so that a run ends in the middle.
    const placements = held.map((row) => ({ row, slot: row < 40 ? row + 50 : row - 40, position: 3 * row }));
    const made = async (perFill: number): Promise<CopiedBytes> => {
      const bytes = new CopiedBytes(cache, h, sessions);
      bytes.reserve(rows);
      await bytes.measure(held, attentionFactor);
      for (let at = 0; at < rows; at += perFill) await bytes.fill(placements.slice(at, at + perFill), tables);
      return bytes;
    };
    const [many, few] = [await made(rows), await made(1)];
    for (const [name, tensor] of Object.entries(many.feeds)) {
      const [a, b] = [tensor.data, few.feeds[name]?.data];
      assert.ok(b && typeof a !== 'string' && a.length === b.length);
      if (!(a instanceof Uint8Array && b instanceof Uint8Array)) {
        assert.deepEqual(a, b, name);
        continue;
      }
      // A number halfway between two bytes may go to either.
      const apart = a.filter((byte, i) => byte !== b[i]);
      assert.ok(a.every((byte, i) => Math.abs(byte - (b[i] ?? 0)) <= 1) && apart.length <= a.length / 500, name);
      assert.ok(new Set(a).size > 100, 'the range of a byte is used');
    }
  });
});
