/** The smallest whole models in every form in which they come: GGUF in one file and split, safetensors in one file and in shards. */
import { type WrittenTensor, type WrittenValue, ggufBytes, safetensorsBytes } from './model-files.ts';

export type Files = Readonly<Record<string, Uint8Array>>;

const [hidden, feedForward, vocabulary] = [8, 16, 40];

const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
const merged = ['th', 'he', 'in', 'er', 'an', 'the'];
const merges = ['t h', 'h e', 'i n', 'e r', 'a n', 'th e'];
const controls = ['<|im_end|>', '<|im_start|>', '<unk>'];
const chatTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' + message.content | trim + '<|im_end|>\n' }}{% endfor %}";

const bytePieces = [...controls, ...letters, ...merged, 'Ġ', 'Ċ', 'Ġthe', '!', '.'];
const sentencePieces = ['<unk>', '<s>', '</s>', '<0x0A>', '▁', ...letters, ...merged, '▁the', '!', '.'];

function tensor(name: string, ...shape: readonly number[]): WrittenTensor {
  const count = shape.reduce((a, b) => a * b, 1);
  return { name, shape, values: Float32Array.from({ length: count }, (_, i) => Math.sin(i + name.length)) };
}

const ggufTensors = [
  tensor('token_embd.weight', vocabulary, hidden),
  tensor('output_norm.weight', hidden),
  tensor('blk.0.attn_norm.weight', hidden),
  tensor('blk.0.attn_q.weight', hidden, hidden),
  tensor('blk.0.attn_k.weight', hidden / 2, hidden),
  tensor('blk.0.attn_v.weight', hidden / 2, hidden),
  tensor('blk.0.attn_output.weight', hidden, hidden),
  tensor('blk.0.ffn_norm.weight', hidden),
  tensor('blk.0.ffn_gate.weight', feedForward, hidden),
  tensor('blk.0.ffn_up.weight', feedForward, hidden),
  tensor('blk.0.ffn_down.weight', hidden, feedForward),
];

const ggufSizes = {
  'general.architecture': 'llama',
  'general.name': 'tiny',
  'llama.block_count': 1,
  'llama.context_length': 64,
  'llama.embedding_length': hidden,
  'llama.feed_forward_length': feedForward,
  'llama.attention.head_count': 2,
  'llama.attention.head_count_kv': 1,
  'llama.attention.layer_norm_rms_epsilon': 0.00001,
  'llama.rope.freq_base': 10_000,
} as const;

const bytePairVocabulary = {
  'tokenizer.ggml.model': 'gpt2',
  'tokenizer.ggml.pre': 'smollm',
  'tokenizer.ggml.tokens': bytePieces,
  'tokenizer.ggml.token_type': bytePieces.map((_, id) => (id < controls.length ? 3 : 1)),
  'tokenizer.ggml.merges': merges,
  'tokenizer.ggml.eos_token_id': 0,
  'tokenizer.ggml.bos_token_id': 1,
  'tokenizer.ggml.add_bos_token': false,
  'tokenizer.chat_template': chatTemplate,
} as const;

const sentencePieceVocabulary = {
  'tokenizer.ggml.model': 'llama',
  'tokenizer.ggml.tokens': sentencePieces,
  'tokenizer.ggml.scores': sentencePieces.map((_, id) => -id - 0.5),
  'tokenizer.ggml.token_type': sentencePieces.map((_, id) => [2, 3, 3, 6][id] ?? 1),
  'tokenizer.ggml.bos_token_id': 1,
  'tokenizer.ggml.eos_token_id': 2,
  'tokenizer.ggml.unknown_token_id': 0,
  'tokenizer.ggml.add_bos_token': true,
} as const;

export function tinyGguf(tokenizer: 'byte-pair' | 'sentence-piece', version: 2 | 3 = 3): Uint8Array {
  const vocabularyOf = tokenizer === 'byte-pair' ? bytePairVocabulary : sentencePieceVocabulary;
  return ggufBytes({ ...ggufSizes, ...vocabularyOf }, ggufTensors, version);
}

/** A vocabulary of every byte, so that the decoder can be held to any text, with this chat template. */
export function tinyBytesGguf(template: string): Uint8Array {
  const tokens = [
    ...['<unk>', '<s>', '</s>', '<|im_start|>', '<|im_end|>'],
    ...Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
  ];
  const metadata = {
    ...ggufSizes,
    'llama.context_length': 512,
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.scores': tokens.map((_, id) => -id - 0.5),
    'tokenizer.ggml.token_type': tokens.map((_, id) => (id > 4 ? 6 : id === 0 ? 2 : 3)),
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 4,
    'tokenizer.ggml.add_bos_token': true,
    'tokenizer.chat_template': template,
  };
  const [, ...others] = ggufTensors;
  return ggufBytes(metadata, [tensor('token_embd.weight', tokens.length, hidden), ...others]);
}

export function tinySplitGguf(): Files {
  const cut = [0, 4, 8, ggufTensors.length];
  const files: Record<string, Uint8Array> = {};
  for (let no = 0; no < 3; no++) {
    const split: Record<string, WrittenValue> = {
      'split.no': Uint16Array.of(no),
      'split.count': Uint16Array.of(3),
      'split.tensors.count': ggufTensors.length,
    };
    const metadata = no === 0 ? { ...ggufSizes, ...bytePairVocabulary, ...split } : split;
    files[`tiny-0000${String(no + 1)}-of-00003.gguf`] = ggufBytes(metadata, ggufTensors.slice(cut[no], cut[no + 1]));
  }
  return files;
}

const layer = 'model.layers.0.';
const safetensors = [
  tensor('model.embed_tokens.weight', vocabulary, hidden),
  tensor('model.norm.weight', hidden),
  tensor(`${layer}input_layernorm.weight`, hidden),
  tensor(`${layer}self_attn.q_proj.weight`, hidden, hidden),
  tensor(`${layer}self_attn.k_proj.weight`, hidden / 2, hidden),
  tensor(`${layer}self_attn.v_proj.weight`, hidden / 2, hidden),
  tensor(`${layer}self_attn.o_proj.weight`, hidden, hidden),
  tensor(`${layer}post_attention_layernorm.weight`, hidden),
  tensor(`${layer}mlp.gate_proj.weight`, feedForward, hidden),
  tensor(`${layer}mlp.up_proj.weight`, feedForward, hidden),
  tensor(`${layer}mlp.down_proj.weight`, hidden, feedForward),
];

const config = {
  model_type: 'llama',
  hidden_size: hidden,
  intermediate_size: feedForward,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  vocab_size: vocabulary,
  max_position_embeddings: 64,
  rms_norm_eps: 0.00001,
  tie_word_embeddings: true,
  rope_parameters: { rope_type: 'linear', factor: 2, rope_theta: 10_000 },
};

const added = controls.map((content, id) => ({ id, content, special: true, lstrip: false, rstrip: false }));
const ids = (pieces: readonly string[]): Record<string, number> => Object.fromEntries(pieces.map((p, id) => [p, id]));

/** The content of a tokenizer.json, a kind each. */
export const tinyTokenizers = {
  bytePair: JSON.stringify({
    version: '1.0',
    added_tokens: added,
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: "'s| ?\\p{L}+| ?\\p{N}+|\\s+" }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', unk_token: '<unk>', vocab: ids(bytePieces), merges },
  }),
  unigram: JSON.stringify({
    added_tokens: [{ id: 0, content: '<unk>', special: true }],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
      ],
    },
    model: {
      type: 'Unigram',
      unk_id: 0,
      byte_fallback: true,
      vocab: sentencePieces.map((piece, id) => [piece, -id - 0.5]),
    },
  }),
  wordPiece: JSON.stringify({
    added_tokens: [{ id: 0, content: '[UNK]', special: true }],
    normalizer: { type: 'BertNormalizer', lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##' },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      vocab: ids(['[UNK]', ...letters, ...letters.map((l) => `##${l}`), 'the']),
    },
  }),
} as const;

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const beside: Files = {
  'config.json': text(config),
  'tokenizer.json': new TextEncoder().encode(tinyTokenizers.bytePair),
  'tokenizer_config.json': text({
    eos_token: '<|im_end|>',
    bos_token: { content: '<|im_start|>' },
    chat_template: chatTemplate,
  }),
  'generation_config.json': text({ eos_token_id: [0] }),
};

export const tinySafetensors: Files = {
  ...beside,
  'model.safetensors': safetensorsBytes(safetensors, { format: 'pt' }),
};

const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;

export const tinySharded: Files = {
  ...beside,
  [shards[0]]: safetensorsBytes(safetensors.slice(0, 5)),
  [shards[1]]: safetensorsBytes(safetensors.slice(5)),
  'model.safetensors.index.json': text({
    metadata: { total_size: 1 },
    weight_map: Object.fromEntries(safetensors.map(({ name }, i) => [name, shards[i < 5 ? 0 : 1]])),
  }),
};
