/** A model's tensors under GGUF's names, whatever its file calls them and in whatever order their rows lie. */
import { say } from '../../base/sentences.ts';
import type { ModelFile, ModelTensor } from '../model-file.ts';
import type { TensorNames } from '../architectures/architecture.ts';
import type { RowOrder } from './row-order.ts';
import { unsupported } from './settings.ts';

/** Rows of a tensor that are one matrix [n, k]. */
export interface StoredMatrix {
  readonly name: string;
  readonly tensor: ModelTensor;
  /** The first of its rows. */
  readonly from: number;
  readonly n: number;
  readonly k: number;
  readonly order: RowOrder | null;
  readonly bias: StoredVector | null;
}

export interface StoredVector {
  readonly name: string;
  readonly tensor: ModelTensor;
  readonly length: number;
  /** The order of the matrix whose bias it is. */
  readonly order: RowOrder | null;
  /** Added to every number. */
  readonly shift: number;
}

/** What stands before the names of a decoder's tensors: alone, inside a model for text, inside one that also sees. */
const prefixes = [
  'model.',
  'transformer.',
  '',
  'model.language_model.',
  'language_model.model.',
  'language_model.',
  'model.text_model.',
  'text_model.',
];
const heads = ['lm_head', 'language_model.lm_head', 'model.lm_head'];

export interface ViewOptions {
  /** null: the file has GGUF's names. */
  readonly names: TensorNames | null;
  /** By the last part of a name, such as `attn_q`. */
  readonly rowOrders: Readonly<Record<string, RowOrder>>;
  readonly normShift: number;
}

export class TensorView {
  readonly #tensors: ModelFile['tensors'];
  readonly #options: ViewOptions;
  readonly #prefix: string;

  constructor({ tensors }: Pick<ModelFile, 'tensors'>, options: ViewOptions) {
    this.#tensors = tensors;
    this.#options = options;
    const embedding = options.names?.['token_embd'];
    this.#prefix = prefixes.find((prefix) => tensors.has(`${prefix}${embedding ?? ''}.weight`)) ?? 'model.';
  }

  /** The same tensors, once more is known about them. */
  with(options: Partial<ViewOptions>): TensorView {
    return new TensorView({ tensors: this.#tensors }, { ...this.#options, ...options });
  }

  /** @param name such as `blk.0.attn_q`, whose weight is meant */
  has(name: string): boolean {
    return this.#find(name, 'weight') !== undefined;
  }

  /** @throws LS2304 when there is no such tensor */
  tensor(name: string): ModelTensor {
    return this.#find(name, 'weight') ?? this.#missing(name);
  }

  /** Dimensions before the last are rows. @throws LS2304 when it is missing or has another shape */
  matrix(name: string, n: number, k: number): StoredMatrix {
    const tensor = this.tensor(name);
    this.#check(tensor, [n, k]);
    return this.#rows(name, tensor, 0, n, k);
  }

  /** One of `count` matrices [n, k] that are stacked in a tensor [count, rows, k], from its row `from` on. */
  slice(name: string, index: number, count: number, rows: number, from: number, n: number, k: number): StoredMatrix {
    const tensor = this.tensor(name);
    this.#check(tensor, [count, rows, k]);
    return { ...this.#rows(`${name}.${String(index)}+${String(from)}`, tensor, index * rows + from, n, k), bias: null };
  }

  /** @throws LS2304 when it is missing or has another length */
  vector(name: string, length: number): StoredVector {
    return this.#vector(name, this.tensor(name), length, null, this.#options.normShift);
  }

  #rows(name: string, tensor: ModelTensor, from: number, n: number, k: number): StoredMatrix {
    const order = this.#options.rowOrders[name.split('.').at(-1) ?? ''] ?? null;
    const bias = this.#find(name, 'bias');
    return { name, tensor, from, n, k, order, bias: bias ? this.#vector(`${name}.bias`, bias, n, order, 0) : null };
  }

  /** A bias, or null where the tensor has none. */
  bias(name: string, length: number): StoredVector | null {
    const tensor = this.#find(name, 'bias');
    return tensor ? this.#vector(`${name}.bias`, tensor, length, null, 0) : null;
  }

  #vector(name: string, tensor: ModelTensor, length: number, order: RowOrder | null, shift: number): StoredVector {
    this.#check(tensor, [length]);
    return { name, tensor, length, order, shift };
  }

  #find(name: string, part: 'weight' | 'bias'): ModelTensor | undefined {
    const { names } = this.#options;
    if (!names) return this.#tensors.get(`${name}.${part}`);
    if (name === 'output') {
      const head = heads.find((one) => this.#tensors.has(`${one}.weight`));
      return head === undefined ? undefined : this.#tensors.get(`${head}.${part}`);
    }
    const theirs = this.#theirs(name, names);
    if (theirs === undefined) return undefined;
    const full = `${this.#prefix}${theirs}`;
    return this.#tensors.get(`${full}.${part}`) ?? (part === 'weight' ? this.#tensors.get(full) : undefined);
  }

  #theirs(name: string, names: TensorNames): string | undefined {
    const [, layer = '', rest = ''] = /^blk\.(\d+)\.(.+)$/.exec(name) ?? [];
    if (layer === '') return names[name];
    const [, stem = rest, expert = ''] = /^(.+)\.(\d+)$/.exec(rest) ?? [];
    const pattern = names[expert === '' ? `blk.{i}.${rest}` : `blk.{i}.${stem}.{e}`];
    return pattern?.replace('{i}', layer).replace('{e}', expert);
  }

  #check(tensor: ModelTensor, shape: readonly number[]): void {
    if (tensor.shape.join() !== shape.join())
      unsupported(
        say('the tensor "{0}" is {1} and should be {2}', tensor.name, tensor.shape.join(' x '), shape.join(' x ')),
      );
  }

  #missing(name: string): never {
    const theirs = this.#options.names && this.#theirs(name, this.#options.names);
    return unsupported(say('the tensor "{0}.weight" is missing', theirs ? this.#prefix + theirs : name));
  }
}
