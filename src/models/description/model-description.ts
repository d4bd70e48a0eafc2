/** A model file as an architecture describes it: its sizes and design, and its tensors under one set of names. */
import { say } from '../../base/sentences.ts';
import type { ModelFile, TensorSource } from '../model-file.ts';
import type { Hyperparameters } from './hyperparameters.ts';
import { Settings, asRecord, limits, unsupported } from './settings.ts';
import { architectureOf } from '../architectures/table.ts';
import { TensorView } from './tensor-view.ts';

export interface ModelDescription {
  readonly hyperparameters: Hyperparameters;
  readonly tensors: TensorView;
  /** Whether the embedding is also the output matrix. */
  readonly tied: boolean;
}

/** @throws LS2304 for what cannot be run, with the reason; LS2302 when the file cannot be read */
export async function describeModel(file: ModelFile, source: TensorSource): Promise<ModelDescription> {
  const settings = new Settings(file);
  const packed = asRecord(settings.config('quantization_config'));
  if (packed)
    unsupported(say('its weights are packed by {0}', JSON.stringify(packed['quant_method'] ?? 'another tool')));
  const architecture = architectureOf(settings);
  const isGguf = file.format === 'gguf';
  const unordered = new TensorView(file, {
    names: isGguf ? null : architecture.tensorNames,
    rowOrders: {},
    normShift: isGguf ? 0 : (architecture.normShift ?? 0),
  });
  const embedding = unordered.tensor('token_embd');
  const [vocabulary = 0] = embedding.shape;
  if (embedding.shape.length !== 2 || vocabulary > limits.vocabulary)
    unsupported(say('its embedding has the shape {0}', embedding.shape.join(' x ')));
  const small = async (name: string): Promise<number[] | null> => {
    const tensor = isGguf ? file.tensors.get(`${name}.weight`) : undefined;
    if (tensor && (tensor.shape.length !== 1 || (tensor.shape[0] ?? 0) > limits.headSize))
      unsupported(say('its RoPE divisors are not usable'));
    return tensor ? [...(await source.floats(tensor))] : null;
  };
  const hyperparameters = architecture.describe({
    settings,
    vocabulary,
    rope: {
      divisors: await small('rope_freqs'),
      long: await small('rope_factors_long'),
      short: await small('rope_factors_short'),
    },
  });
  const tied = settings.config('tie_word_embeddings') === true;
  return {
    hyperparameters,
    tensors: unordered.with({ rowOrders: architecture.rowOrders?.(file.format, hyperparameters) ?? {} }),
    tied: tied || !unordered.has('output'),
  };
}
