/**
 * What the transformers library takes for a setting that a config.json leaves out, by `model_type`. From the configuration classes
 * of transformers 5.24.0 (`models/<name>/configuration_<name>.py`, Apache-2.0), under the library's own names. Published files of
 * models that also see leave most of them out. A setting that is there with the value null has no default.
 */

type Defaults = Readonly<Record<string, string | number | boolean>>;

const gemma3: Defaults = {
  hidden_size: 2304,
  intermediate_size: 9216,
  num_hidden_layers: 26,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  hidden_activation: 'gelu_pytorch_tanh',
  max_position_embeddings: 131_072,
  rms_norm_eps: 1e-6,
  query_pre_attn_scalar: 256,
  sliding_window: 4096,
  sliding_window_pattern: 6,
  tie_word_embeddings: true,
};

const llama: Defaults = {
  hidden_size: 4096,
  intermediate_size: 11_008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  hidden_act: 'silu',
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-6,
  tie_word_embeddings: false,
};

const qwen2: Defaults = {
  hidden_size: 4096,
  intermediate_size: 22_016,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
  hidden_act: 'silu',
  max_position_embeddings: 32_768,
  rms_norm_eps: 1e-6,
  use_sliding_window: false,
  sliding_window: 4096,
  max_window_layers: 28,
  tie_word_embeddings: false,
};

export const libraryDefaults: Readonly<Record<string, Defaults>> = {
  llama,
  mistral: {
    hidden_size: 4096,
    intermediate_size: 14_336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    hidden_act: 'silu',
    max_position_embeddings: 131_072,
    rms_norm_eps: 1e-6,
    sliding_window: 4096,
    tie_word_embeddings: false,
  },
  qwen2,
  qwen3: { ...qwen2, head_dim: 128 },
  qwen3_moe: {
    hidden_size: 2048,
    intermediate_size: 6144,
    num_hidden_layers: 24,
    num_attention_heads: 32,
    num_key_value_heads: 4,
    hidden_act: 'silu',
    max_position_embeddings: 32_768,
    rms_norm_eps: 1e-6,
    use_sliding_window: false,
    sliding_window: 4096,
    decoder_sparse_step: 1,
    moe_intermediate_size: 768,
    num_experts_per_tok: 8,
    num_experts: 128,
    norm_topk_prob: false,
    tie_word_embeddings: false,
  },
  gemma3,
  gemma3_text: gemma3,
  phi3: {
    hidden_size: 3072,
    intermediate_size: 8192,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    hidden_act: 'silu',
    max_position_embeddings: 4096,
    original_max_position_embeddings: 4096,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: false,
  },
  starcoder2: {
    hidden_size: 3072,
    intermediate_size: 12_288,
    num_hidden_layers: 30,
    num_attention_heads: 24,
    num_key_value_heads: 2,
    hidden_act: 'gelu_pytorch_tanh',
    max_position_embeddings: 4096,
    norm_epsilon: 1e-5,
    tie_word_embeddings: true,
  },
  granite: {
    ...llama,
    embedding_multiplier: 1,
    logits_scaling: 1,
    residual_multiplier: 1,
    attention_multiplier: 1,
  },
  bloom: {
    hidden_size: 64,
    n_layer: 2,
    n_head: 8,
    layer_norm_epsilon: 1e-5,
    apply_residual_connection_post_layernorm: false,
    tie_word_embeddings: true,
  },
  mpt: {
    d_model: 2048,
    n_heads: 16,
    n_layers: 24,
    max_seq_len: 2048,
    layer_norm_epsilon: 1e-5,
    tie_word_embeddings: true,
  },
};

/** Where a model that also sees or hears keeps its decoder's settings. */
export const decoderParts: readonly string[] = ['text_config', 'llm_config', 'language_config'];

/** The decoder's `model_type` where that part does not name it, by the whole model's. */
export const decoderTypes: Readonly<Record<string, string>> = {
  gemma3: 'gemma3_text',
  shieldgemma2: 'gemma3_text',
  llava: 'llama',
  llava_next: 'llama',
  llava_next_video: 'llama',
  video_llava: 'llama',
  vipllava: 'llama',
  idefics3: 'llama',
  smolvlm: 'llama',
  janus: 'llama',
  deepseek_vl: 'llama',
  perception_lm: 'llama',
  mistral3: 'mistral',
  granite_speech: 'granite',
  internvl: 'qwen2',
  llava_onevision: 'qwen2',
  ovis2: 'qwen2',
  qwen2_audio: 'qwen2',
  video_llama_3: 'qwen2',
  qianfan_ocr: 'qwen3',
};
