/** How many bytes the weights of a model's graphs take, from its header alone: what writes them is run with nowhere to write to. */
import type { TensorSource } from '../model-file.ts';
import { type WeightSink, paddingAt } from '../onnx/external-data.ts';
import type { ExternalSlice } from '../onnx/graph-builder.ts';
import { writeDecoderWeights } from './decoder-weights.ts';
import type { ModelDescription } from '../description/model-description.ts';
import { WeightWriter } from './weights.ts';

/** The numbers of small tensors are of no matter, only how many they are; large ones are not asked for. */
const zeros: TensorSource = {
  rows: () => Promise.reject(new Error('nothing is read where only sizes are wanted')),
  floats: ({ shape }) => Promise.resolve(new Float32Array(shape.reduce((a, b) => a * b, 1))),
  close: () => Promise.resolve(),
};

class Sizes implements WeightSink {
  bytes = 0;

  append(_data: unknown, length: number): Promise<ExternalSlice> {
    return this.reserve(length);
  }

  reserve(length: number): Promise<ExternalSlice> {
    const offset = this.bytes + paddingAt(this.bytes);
    this.bytes = offset + length;
    return Promise.resolve({ location: '', offset, length });
  }

  fill(): Promise<void> {
    return Promise.resolve();
  }
}

/** @param rounds whether 16-bit weights become 8-bit blocks @throws LS2304 when a tensor is missing or has another shape */
export async function graphWeightBytes(description: ModelDescription, rounds: boolean): Promise<number> {
  const sizes = new Sizes();
  await writeDecoderWeights(description, new WeightWriter(zeros, sizes, () => undefined, rounds));
  return sizes.bytes;
}
