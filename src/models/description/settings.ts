/**
 * What a model says about itself, in GGUF's metadata or in config.json, under one set of names; every number is checked as it is
 * read, and nothing is allocated by a damaged file's word.
 */
import { fault } from '../../base/errors.ts';
import { type Words, say } from '../../base/sentences.ts';
import type { ModelFile } from '../model-file.ts';
import { decoderParts, decoderTypes, libraryDefaults } from './library-defaults.ts';

/** GGUF's key behind the architecture's name, then what the transformers library's configurations call the same. */
const names = {
  layers: ['block_count', 'num_hidden_layers', 'n_layer', 'n_layers'],
  hidden: ['embedding_length', 'hidden_size', 'n_embed', 'd_model'],
  feedForward: ['feed_forward_length', 'intermediate_size'],
  heads: ['attention.head_count', 'num_attention_heads', 'n_head', 'n_heads'],
  kvHeads: ['attention.head_count_kv', 'num_key_value_heads'],
  headSize: ['attention.key_length', 'head_dim'],
  valueSize: ['attention.value_length'],
  contextLength: ['context_length', 'max_position_embeddings', 'max_seq_len', 'seq_length', 'n_positions'],
  rmsEpsilon: ['attention.layer_norm_rms_epsilon', 'rms_norm_eps'],
  normEpsilon: ['attention.layer_norm_epsilon', 'norm_epsilon', 'layer_norm_epsilon'],
  activation: ['', 'hidden_act', 'hidden_activation'],
  window: ['attention.sliding_window', 'sliding_window'],
  attentionScale: ['attention.scale', 'attention_multiplier'],
  embeddingScale: ['embedding_scale', 'embedding_multiplier'],
  residualScale: ['residual_scale', 'residual_multiplier'],
  logitDivisor: ['logit_scale', 'logits_scaling'],
  logitSoftcap: ['final_logit_softcapping', 'final_logit_softcapping'],
  experts: ['expert_count', 'num_experts', 'num_local_experts'],
  expertsUsed: ['expert_used_count', 'num_experts_per_tok'],
  expertFeedForward: ['expert_feed_forward_length', 'moe_intermediate_size'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

type SettingName = keyof typeof names;

/** Far above any decoder there is; a file that claims more is damaged. */
export const limits = {
  layers: 1024,
  hidden: 1 << 17,
  feedForward: 1 << 20,
  heads: 1024,
  headSize: 1024,
  vocabulary: 1 << 22,
  contextLength: 1 << 28,
  experts: 4096,
} as const;

/** Why a model is not run, as an error for the user. @throws LS2304 always */
export function unsupported(why: Words): never {
  throw fault('LS2304', why);
}

export class Settings {
  readonly format: ModelFile['format'];
  /** `general.architecture`, or `model_type`. */
  readonly architecture: string;
  readonly #metadata: ModelFile['metadata'];
  readonly #config: Readonly<Record<string, unknown>>;
  /** What the library takes for what config.json leaves out. */
  readonly #defaults: Readonly<Record<string, unknown>> | undefined;

  /** @throws LS2304 when the model does not say what it is */
  constructor({ format, metadata, config }: Pick<ModelFile, 'format' | 'metadata' | 'config'>) {
    this.format = format;
    this.#metadata = metadata;
    // A model that also sees has the decoder's part apart, with its own name.
    const inner = decoderParts.map((part) => asRecord(config?.[part])).find((part) => part !== undefined);
    this.#config = inner ? { tie_word_embeddings: config?.['tie_word_embeddings'], ...inner } : (config ?? {});
    const stated =
      format === 'gguf'
        ? metadata.get('general.architecture')
        : (this.#config['model_type'] ?? decoderTypeOf(config?.['model_type']));
    if (format === 'safetensors' && !config) unsupported(say('there is no config.json beside its weights'));
    if (typeof stated !== 'string') unsupported(say('the model does not say what architecture it has'));
    this.architecture = stated;
    this.#defaults = format === 'safetensors' && Object.hasOwn(libraryDefaults, stated) ? libraryDefaults[stated] : {};
  }

  /** A GGUF value by its key behind the architecture's name; undefined for safetensors. */
  gguf(key: string): unknown {
    return this.#metadata.get(`${this.architecture}.${key}`);
  }

  /** A value of config.json, or the library's where it is left out; undefined where there is neither or it is null, and for GGUF. */
  config(key: string): unknown {
    const stated = this.#config[key];
    return (stated === undefined ? this.#defaults?.[key] : stated) ?? undefined;
  }

  /** A whole number of at least 1. @throws LS2304 when it is absent and there is no default, or not usable */
  size(name: SettingName, most: number, otherwise?: number): number {
    const value = this.#value(name) ?? otherwise;
    return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most
      ? value
      : this.#refuse(name, value);
  }

  /** A number above 0, or the default where there is none. @throws LS2304 for anything else */
  positive<T extends number | null>(name: SettingName, otherwise: T): number | T {
    return this.#positive(this.#value(name), otherwise, () => this.#label(name));
  }

  /** As {@link positive}, of a key that only one of the formats has. */
  positiveOf<T extends number | null>(value: unknown, otherwise: T, label: string): number | T {
    return this.#positive(value, otherwise, () => label);
  }

  /** The setting as it is, of whatever type; undefined where it is absent. */
  stated(name: SettingName): unknown {
    return this.#value(name);
  }

  text(name: SettingName): string | undefined {
    const value = this.#value(name);
    return typeof value === 'string' ? value : undefined;
  }

  /** Whether the setting is there at all; GGUF writes 0 for some that are not. */
  has(name: SettingName): boolean {
    const value = this.#value(name);
    return value !== undefined && value !== 0;
  }

  #value(name: SettingName): unknown {
    const [key, ...others] = names[name];
    if (this.format === 'gguf') return oneForAll(this.gguf(key));
    // What the file says under any of the names comes before what the library takes where it says nothing.
    const stated = others.filter((other) => this.#config[other] !== undefined);
    const values = (stated.length > 0 ? stated : others).map((other) => this.config(other));
    return values.find((value) => value !== undefined);
  }

  #positive<T extends number | null>(value: unknown, otherwise: T, label: () => string): number | T {
    if (value === undefined) return otherwise;
    return typeof value === 'number' && value > 0 && Number.isFinite(value)
      ? value
      : unsupported(say('"{0}" is {1}', label(), describe(value)));
  }

  #label(name: SettingName): string {
    return this.format === 'gguf' ? `${this.architecture}.${names[name][0]}` : (names[name][1] ?? name);
  }

  #refuse(name: SettingName, value: unknown): never {
    return unsupported(
      value === undefined
        ? say('"{0}" is missing', this.#label(name))
        : say('"{0}" is {1}', this.#label(name), describe(value)),
    );
  }
}

function decoderTypeOf(whole: unknown): unknown {
  return typeof whole === 'string' && Object.hasOwn(decoderTypes, whole) ? decoderTypes[whole] : whole;
}

/** GGUF may state a number once for every layer; layers that differ are left as the list, which no check lets pass. */
function oneForAll(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const [first, ...rest] = value as readonly unknown[];
  return rest.every((other) => other === first) ? first : value;
}

function describe(value: unknown): Words {
  // A bigint of GGUF is no JSON.
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'object' ? say('not one number') : JSON.stringify(value);
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
