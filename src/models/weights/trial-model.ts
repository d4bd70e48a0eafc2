/**
 * A made-up decoder of any size, written as a prepared model: what an execution provider is tried and timed with, because it has
 * the nodes that a real one has. Its weights are noise by a seed, of 4 bits: the processor rounds what goes into products of 8 bits.
 */
import path from 'node:path';
import { descriptorFile, weightsFile } from '../graph-cache/manifest.ts';
import { ExternalDataFile, writeAtomically } from '../onnx/external-data.ts';
import type { ExternalSlice } from '../onnx/graph-builder.ts';
import type { DecoderWeights, LayerWeights } from './decoder-weights.ts';
import { plainDesign } from '../architectures/design.ts';
import type { Hyperparameters } from '../description/hyperparameters.ts';
import type { Norm } from '../graphs/layers.ts';
import type { PreparedModel } from './prepared-model.ts';
import type { Linear, QuantisedMatrix } from './weights.ts';

export interface TrialSizes {
  readonly layers: number;
  readonly hidden: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly vocabulary: number;
}

const block = 32;

/** Writes it into a folder that is there. @throws the file system's error */
export async function writeTrialModel(
  folder: string,
  sizes: TrialSizes,
): Promise<Pick<PreparedModel, 'folder' | 'hyperparameters'>> {
  const { layers, hidden, feedForward, heads, kvHeads, vocabulary } = sizes;
  const headSize = hidden / heads;
  const out = await ExternalDataFile.create(path.join(folder, weightsFile));
  const next = noise(20_171_031);
  const linear = (name: string, outputs: readonly number[], k: number, corrected: boolean): Promise<Linear> =>
    writeLinear(out, next, { name, outputs, k, corrected });
  const norm = async (name: string): Promise<Norm> => {
    const values = await out.append(Float32Array.from({ length: hidden }, () => 0.5 + next()));
    return { weight: { name, length: hidden, values }, bias: null };
  };
  try {
    const written: LayerWeights[] = [];
    for (let i = 0; i < layers; i++) {
      const name = `layer.${String(i)}`;
      written.push({
        attentionNorm: await norm(`${name}.norm`),
        qkv: await linear(`${name}.qkv`, [hidden, kvHeads * headSize, kvHeads * headSize], hidden, true),
        queryNorm: null,
        keyNorm: null,
        output: await linear(`${name}.output`, [hidden], hidden, false),
        attentionPostNorm: null,
        feedForwardPostNorm: null,
        feedForwardNorm: await norm(`${name}.forward`),
        feedForward: {
          into: await linear(`${name}.into`, [feedForward, feedForward], hidden, false),
          down: await linear(`${name}.down`, [hidden], feedForward, true),
        },
        experts: null,
      });
    }
    const weights: DecoderWeights = {
      embedding: {
        kind: 'quantised',
        name: 'table',
        block,
        zeroPoint: 128,
        q: await out.append(Uint8Array.from({ length: vocabulary * hidden }, () => 256 * next())),
        scales: await out.append(
          Float32Array.from({ length: (vocabulary * hidden) / block }, () => (0.5 + next()) / 128),
        ),
        minimums: null,
      },
      embeddingNorm: null,
      layers: written,
      norm: await norm('norm'),
      head: await linear('head', [vocabulary], hidden, false),
    };
    await writeAtomically(path.join(folder, descriptorFile), JSON.stringify(weights));
    await out.commit();
  } finally {
    await out.dispose();
  }
  return { folder, hyperparameters: describe(sizes, headSize) };
}

function describe({ layers, hidden, feedForward, heads, kvHeads, vocabulary }: TrialSizes, headSize: number) {
  const hyperparameters: Hyperparameters = {
    architecture: 'trial',
    layers,
    hidden,
    feedForward,
    heads,
    kvHeads,
    headSize,
    vocabulary,
    contextLength: 2048,
    epsilon: 1e-5,
    attentionScale: headSize ** -0.5,
    alibi: false,
    alibiMaxBias: 8,
    attentionGroups: [
      {
        window: null,
        rope: { base: 10000, dimensions: headSize, scaling: 'default', originalContextLength: 2048, divisors: null },
      },
    ],
    groupOfLayer: new Array<number>(layers).fill(0),
    design: plainDesign,
  };
  return hyperparameters;
}

interface LinearSizes {
  readonly name: string;
  readonly outputs: readonly number[];
  readonly k: number;
  readonly corrected: boolean;
}

async function writeLinear(
  out: ExternalDataFile,
  next: () => number,
  { name, outputs, k, corrected }: LinearSizes,
): Promise<Linear> {
  const n = outputs.reduce((a, b) => a + b, 0);
  const blocks = k / block;
  // Products of k random terms stay about as large as what goes in.
  const scale = 1 / 4 / Math.sqrt(k);
  const floats = (count: number, most: number): Promise<ExternalSlice> =>
    out.append(Float32Array.from({ length: count }, () => most * (0.5 + next())));
  const matrix: QuantisedMatrix = {
    kind: 'quantised',
    name,
    bits: 4,
    block,
    n,
    k,
    q: await out.append(Uint8Array.from({ length: (n * k) / 2 }, () => 256 * next())),
    scales: await floats(n * blocks, scale),
    corrections: corrected ? await floats(blocks * n, scale / 8) : null,
  };
  return { matrices: [matrix], outputs, biases: outputs.map(() => null) };
}

/** Numbers from 0 to 1 (Marsaglia's xorshift, 2003). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
