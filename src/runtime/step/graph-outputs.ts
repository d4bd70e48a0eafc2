/** What a run of a graph gave, by name. */
import type { Tensor } from '../onnxruntime.ts';

export type GraphOutputs = Readonly<Record<string, Tensor>>;

/** An output of float32 numbers. */
export function floatsOf(outputs: GraphOutputs, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`the graph has no output "${name}"`);
  return data;
}

/** An output of bytes. */
export function bytesOf(outputs: GraphOutputs, name: string): Uint8Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Uint8Array)) throw new Error(`the graph has no output "${name}"`);
  return data;
}
