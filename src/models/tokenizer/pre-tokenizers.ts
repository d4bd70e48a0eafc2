/**
 * How text is split before byte-level merging, by the name GGUF files give in `tokenizer.ggml.pre` (the names are
 * llama.cpp's); the expressions are those of the models' own tokenizer.json files. Several expressions split one after the
 * other, each within the pieces before it.
 */

/** GPT-2's split: contractions, words, numbers and other signs, each with at most one space before it. */
export const gpt2Split = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** `\p{N}` and then GPT-2's split, in one expression: digits end the white space before them like the end of the text. */
const gpt2SingleDigits = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+`;

const contraction = `(?i:'s|'t|'re|'ve|'m|'ll|'d)`;
const newlinesAndSpaces = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;

/** GPT-4's split, with what counts as a number; newlines stay with the signs before them. */
function gpt4(digits: string): string {
  return String.raw`${contraction}|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|${newlinesAndSpaces}`;
}

const threeDigits = gpt4(String.raw`\p{N}{1,3}`);
const oneDigit = gpt4(String.raw`\p{N}`);

/** GPT-4o's words break where capitals follow small letters. */
const capitals = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const smalls = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
function gpt4o(digits: string, suffix: string): string {
  return (
    String.raw`[^\r\n\p{L}\p{N}]?${capitals}*${smalls}+${suffix}|[^\r\n\p{L}\p{N}]?${capitals}+${smalls}*${suffix}` +
    String.raw`|${digits}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${newlinesAndSpaces}`
  );
}
const gpt4oWords = gpt4o(String.raw`\p{N}{1,3}`, `${contraction}?`);

/** DeepSeek V3: ASCII signs go with the letters after them, other signs with each other. */
const deepSeekWords =
  String.raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_\x60{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|` +
  newlinesAndSpaces;
const deepSeekHan = '[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+';
const deepSeek3 = [String.raw`\p{N}{1,3}`, deepSeekHan, deepSeekWords];

/** The letters DeepSeek LLM joins to words: those with capitals and small letters, as of its Unicode. */
const casedLetters =
  'A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼ' +
  'ℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃';
const cjk = '[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+';

const bloom = String.raw` ?[^(\s|.,!?…。，、।۔،)]+`;
/** Groups of three from the right: of "12345" first "12". */
const threesFromRight = String.raw`\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))`;
const asianScripts =
  '[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\u3040-\u309f\u30a0-\u30ff\uff65-\uff9f\u2f00-\u2fdf\u0e40-\u0e7f\u0e80-\u0eff' +
  '\u1780-\u17ff\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff\uac00-\ud7af\u1100-\u11ff]+';
const notHan = String.raw`(?!\p{Han})`;
const kimi =
  String.raw`\p{Han}+|[^\r\n\p{L}\p{N}]?(?:${notHan}${capitals})*(?:${notHan}${smalls})+${contraction}?` +
  String.raw`|[^\r\n\p{L}\p{N}]?(?:${notHan}${capitals})+(?:${notHan}${smalls})*${contraction}?` +
  String.raw`|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|${newlinesAndSpaces}`;
const lines = String.raw`[^\n]+|\n+`;

export interface PreTokenizer {
  readonly patterns: readonly string[];
  /** Takes a piece that is a token as a whole without merging (tiktoken's way). */
  readonly wholePieceFirst?: boolean;
  /** The model wants its beginning token before a text, where the file does not say. */
  readonly begins?: boolean;
  /** The vocabulary is spelled in characters, spaces as "▁", not in bytes. */
  readonly plain?: boolean;
}

const llama3: PreTokenizer = { patterns: [threeDigits], wholePieceFirst: true, begins: true };
const gpt2: PreTokenizer = { patterns: [gpt2Split] };
const singleDigits: PreTokenizer = { patterns: [gpt2SingleDigits] };
const qwen2: PreTokenizer = { patterns: [oneDigit] };
const gemma4: PreTokenizer = { patterns: [lines], plain: true, begins: true };
const bailing: PreTokenizer = {
  patterns: [
    String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`,
  ],
};
const ayas: PreTokenizer = {
  patterns: [String.raw`\p{Nd}{1,3}(?=(?:\p{Nd}{3})*(?![\p{L}\p{M}\p{Nd}\p{Pc}]))`, gpt4oWords],
};

const named: readonly (readonly [names: string, split: PreTokenizer])[] = [
  ['default', { patterns: [String.raw`[\p{P}\$\+<=>\^~\|]+`, gpt2Split, String.raw`\p{N}+`, '[0-9][0-9][0-9]'] }],
  ['llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano', llama3],
  ['dbrx smaug smaug-bpe chatglm-bpe', { patterns: [threeDigits] }],
  ['glm4 glm5', { patterns: [threeDigits], wholePieceFirst: true }],
  ['minicpm5', { patterns: [String.raw`\p{N}{1,3}`, gpt4(String.raw`\p{N}+`)], wholePieceFirst: true }],
  [
    'jais-2',
    {
      patterns: [
        String.raw`${contraction}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|` +
          [512, 256, 128, 64, 32, 16, 8, 4, '1,2'].map((n) => String.raw`\s{${n}}(?!\S)`).join('|') +
          String.raw`|\s`,
      ],
    },
  ],
  [
    'deepseek-llm',
    {
      patterns: [
        String.raw`[\r\n]`,
        String.raw`\s?[${casedLetters}]+`,
        String.raw`\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+`,
        String.raw`\s+$`,
        cjk,
        String.raw`\p{N}+`,
      ],
    },
  ],
  [
    'deepseek-coder',
    { patterns: [String.raw`[\r\n]`, String.raw`\s?\p{L}+`, String.raw`\s?\p{P}+`, cjk, String.raw`\p{N}`] },
  ],
  ['deepseek-v3 hunyuan-dense joyai-llm hy_v4', { patterns: deepSeek3 }],
  [
    'spark2_5',
    {
      patterns: [
        String.raw`\p{N}{1,3}`,
        deepSeekHan,
        deepSeekWords.replace(String.raw`[\r\n]*|\s*[\r\n]+`, String.raw`|[\r\n]`),
        String.raw`\p{N}`,
      ],
    },
  ],
  [
    'youtu',
    {
      patterns: [
        '[\uac00-\ud7a3\u3131-\u318e]+|[\uff01\u2026\u201c\u201d\u2018\u2019\u2014\uff1a\uff1b\uff0c\u3001-\u303f\ufe30-\ufe4f]+|[\u3105-\u312f]+|' +
          deepSeekHan,
        gpt4o(String.raw`\p{N}`, `${contraction}?`),
      ],
      wholePieceFirst: true,
    },
  ],
  ['falcon', { patterns: [String.raw`[\p{P}\$\+<=>\^~\|\x60]+`, gpt2Split, '[0-9][0-9][0-9]'] }],
  ['starcoder refact command-r smollm codeshell exaone minerva-7b mellum2', singleDigits],
  [
    'gpt-2 phi-2 phi2 mpt olmo jais trillion granite-docling exaone4 mellum modern-bert gigachat a.x-4.0 ' +
      'jina-es jina-de jina-v2-es jina-v2-de jina-v1-en jina-v2-code roberta-bpe',
    gpt2,
  ],
  ['qwen2 deepseek-r1-qwen kormo f2llmv2 megrez stablelm2 hunyuan solar-open grok-2', qwen2],
  [
    'qwen35',
    {
      patterns: [
        String.raw`${contraction}|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|${newlinesAndSpaces}`,
      ],
    },
  ],
  ['poro-chat bloom gpt3-finnish', { patterns: [bloom] }],
  ['viking', { patterns: [bloom, String.raw`\p{N}`] }],
  ['tekken', { patterns: [gpt4o(String.raw`\p{N}`, '')], wholePieceFirst: true, begins: true }],
  [
    'chameleon',
    {
      patterns: [
        '<sentinel:[0-9]+>',
        '(?:IMGIMG)(?:[A-I]{1,4})Z',
        String.raw`[\t\n]|    |  `,
        String.raw`\p{N}`,
        String.raw`[\p{P}!-/:-@\[-\x60\{-~]`,
        gpt2Split,
      ],
      begins: true,
    },
  ],
  ['gpt-4o llama4 kanana2 talkie minimax-m2', { patterns: [gpt4oWords] }],
  ['granite-embed-multi-97m', { patterns: [gpt4oWords], wholePieceFirst: true }],
  ['tiny_aya cohere2moe', ayas],
  ['superbpe', { patterns: [String.raw`\p{N}+`, String.raw`(?=(?:\p{Nd}{3})+(?!\p{Nd}))`] }],
  ['bailingmoe bailingmoe2 llada-moe', bailing],
  [
    'seed-coder',
    {
      patterns: [String.raw`${contraction}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}\r\n]+|${newlinesAndSpaces}`],
    },
  ],
  ['ufakzeka', { patterns: [oneDigit.slice(contraction.length + 1)] }],
  ['kimi-k2', { patterns: [kimi], wholePieceFirst: true }],
  ['afmoe', { patterns: [threesFromRight, asianScripts, deepSeekWords] }],
  ['laguna', { patterns: [lines, oneDigit] }],
  [
    'exaone-moe',
    {
      patterns: [
        String.raw`${contraction}|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+`,
      ],
    },
  ],
  ['gemma4 granite-embed-multi-311m', gemma4],
  ['sarvam-moe', { patterns: [lines], plain: true }],
];

const table = new Map(named.flatMap(([names, split]) => names.split(' ').map((name) => [name, split] as const)));

/** Undefined for a name that is not known: text could not be split exactly. */
export function preTokenizer(name: string): PreTokenizer | undefined {
  return table.get(name);
}
