/** A process that writes segments of made-up rows into a folder until it is ended: `node segment-writer.ts FOLDER`. */
import { type StoredIdentity, encodeSegment, keyOf, rootKey } from '../../src/runtime/prefix-cache/segment-file.ts';
import { fileOf, writeSegment } from '../../src/runtime/prefix-cache/segment-folder.ts';

const [folder = ''] = process.argv.slice(2);
const identity: StoredIdentity = {
  model: 'm',
  rotation: 'r',
  layers: 8,
  shape: { kvHeads: 4, headSize: 64 },
  precision: 'coarse',
  moved: false,
};
const rows = Float32Array.from({ length: 256 * 256 }, (_, i) => Math.sin(i));
const layers = Array.from({ length: identity.layers }, () => ({ k: rows, v: rows }));
for (let round = 0, parent = rootKey(identity); ; round++) {
  const ids = Array.from({ length: 256 }, (_, i) => i + round);
  const name = { parent, length: ids.length, key: keyOf(parent, ids) };
  await writeSegment(fileOf(folder, name), encodeSegment(parent, ids, layers, identity));
  parent = name.key;
  if (round === 0) process.stdout.write('writing\n');
}
