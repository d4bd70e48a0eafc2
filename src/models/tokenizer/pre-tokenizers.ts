/**
 * How text is split before byte-level merging, by the name GGUF files give in `tokenizer.ggml.pre`; the expressions are those
 * of the models' own tokenizer.json files. Several expressions split one after the other, each within the pieces before it.
 */

/** GPT-2's split: contractions, words, numbers and other signs, each with at most one space before it. */
const gpt2 = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** GPT-4's split with numbers of at most `digits` digits; newlines stay with the signs before them. */
function gpt4(digits: string): string {
  return (
    String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|` +
    digits +
    String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
  );
}

const threeDigits = gpt4(String.raw`\p{N}{1,3}`);
const oneDigit = gpt4(String.raw`\p{N}`);
const digitsSingly = [String.raw`\p{N}`, gpt2];

/** GPT-4o's split: words break where capitals follow small letters; contractions stay with the word. */
const gpt4o =
  String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?` +
  String.raw`|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?` +
  String.raw`|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** As GPT-4o's, digits singly and contractions split off. */
const tekken =
  String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+` +
  String.raw`|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*` +
  String.raw`|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

interface PreTokenizer {
  readonly patterns: readonly string[];
  /** Takes a piece that is a token as a whole without merging (tiktoken's way). */
  readonly wholePieceFirst?: boolean;
}

const table: Readonly<Record<string, PreTokenizer>> = {
  default: { patterns: [gpt2] },
  'gpt-2': { patterns: [gpt2] },
  phi2: { patterns: [gpt2] },
  'roberta-bpe': { patterns: [gpt2] },
  'jina-v2-code': { patterns: [gpt2] },
  mpt: { patterns: [gpt2] },
  olmo: { patterns: [gpt2] },
  smollm: { patterns: digitsSingly },
  starcoder: { patterns: digitsSingly },
  refact: { patterns: digitsSingly },
  'command-r': { patterns: digitsSingly },
  codeshell: { patterns: digitsSingly },
  exaone: { patterns: digitsSingly },
  'minerva-7b': { patterns: digitsSingly },
  'llama-bpe': { patterns: [threeDigits], wholePieceFirst: true },
  'llama-v3': { patterns: [threeDigits], wholePieceFirst: true },
  llama3: { patterns: [threeDigits], wholePieceFirst: true },
  falcon3: { patterns: [threeDigits], wholePieceFirst: true },
  dbrx: { patterns: [threeDigits] },
  smaug: { patterns: [threeDigits] },
  'smaug-bpe': { patterns: [threeDigits] },
  qwen2: { patterns: [oneDigit] },
  'deepseek-r1-qwen': { patterns: [oneDigit] },
  stablelm2: { patterns: [oneDigit] },
  hunyuan: { patterns: [oneDigit] },
  'gpt-4o': { patterns: [gpt4o] },
  llama4: { patterns: [gpt4o] },
  tekken: { patterns: [tekken], wholePieceFirst: true },
};

/** Names a GGUF file may give; anything else cannot be split exactly and is refused. */
export function preTokenizer(name: string): PreTokenizer | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
