/** What a file of this folder says about one architecture; the table (table.ts) lists them. */
import type { ModelFacts } from '../description/decoder-settings.ts';
import type { Hyperparameters } from '../description/hyperparameters.ts';
import type { RowOrder } from '../description/row-order.ts';

export interface Architecture {
  /** `general.architecture` of GGUF files. */
  readonly name: string;
  /** `model_type` of config.json. */
  readonly modelTypes: readonly string[];
  /** @throws LS2304 for a variant that is not supported, or when the settings contradict each other */
  describe(facts: ModelFacts): Hyperparameters;
  /** What the transformers library calls the tensors. */
  readonly tensorNames: TensorNames;
  /** How the rows of some tensors lie in files; absent: as they are computed. */
  readonly rowOrders?: (format: 'gguf' | 'safetensors', h: Hyperparameters) => Readonly<Record<string, RowOrder>>;
  /** What norm weights in safetensors are short of (gemma stores w - 1). */
  readonly normShift?: number;
}

/**
 * transformers' names by GGUF's, without `.weight` and `.bias` and without what stands before all of a decoder's names; `{i}` is the
 * layer and `{e}` the expert.
 */
export type TensorNames = Readonly<Record<string, string>>;

/** Names that most architectures have. */
export const usualNames: TensorNames = {
  token_embd: 'embed_tokens',
  output_norm: 'norm',
  'blk.{i}.attn_norm': 'layers.{i}.input_layernorm',
  'blk.{i}.attn_q': 'layers.{i}.self_attn.q_proj',
  'blk.{i}.attn_k': 'layers.{i}.self_attn.k_proj',
  'blk.{i}.attn_v': 'layers.{i}.self_attn.v_proj',
  'blk.{i}.attn_output': 'layers.{i}.self_attn.o_proj',
  'blk.{i}.ffn_norm': 'layers.{i}.post_attention_layernorm',
  'blk.{i}.ffn_gate': 'layers.{i}.mlp.gate_proj',
  'blk.{i}.ffn_up': 'layers.{i}.mlp.up_proj',
  'blk.{i}.ffn_down': 'layers.{i}.mlp.down_proj',
};
