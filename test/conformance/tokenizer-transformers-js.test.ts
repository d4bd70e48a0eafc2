/** Tokens, ids and decoded texts of transformers.js' test cases, for each of its tokenizers whose vocabulary can be had. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tokenizerFromJson } from '../../src/models/tokenizer/from-json.ts';
import { type Tokenizer, createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';
import { ggufVocabulary, tokenizerFixture, vocabulary } from '../support/vocabularies.ts';

interface Vector {
  readonly case: string;
  readonly text: string;
  readonly text_pair?: string;
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
  readonly decoded: string;
}

const vectors = tokenizerFixture('transformers-js-vectors') as Record<string, readonly Vector[]>;

/** `tokens` where the pieces are the same and the numbers are not. */
const sources: readonly (readonly [tokenizer: string, from: string, compare?: 'tokens'])[] = [
  ['Xenova/gpt2', 'gguf:gpt-2'],
  ['Xenova/gpt2', 'npm:gpt2'],
  ['openai-community/gpt2', 'gguf:gpt-2'],
  ['tiiuae/falcon-rw-1b', 'gguf:gpt-2'],
  ['onnx-community/whisper-tiny.en', 'gguf:gpt-2', 'tokens'],
  ['Xenova/all-distilroberta-v1', 'gguf:gpt-2', 'tokens'],
  ['Xenova/gpt-4', 'npm:gpt4'],
  ['Xenova/gpt-4o', 'npm:gpt4o'],
  ['Xenova/claude-tokenizer', 'npm:claude'],
  ['Xenova/Qwen1.5-0.5B-Chat', 'gguf:qwen2'],
  ['Xenova/Qwen1.5-0.5B-Chat', 'npm:qwen2_5'],
  ['Xenova/llama-tokenizer', 'gguf:llama-spm'],
  ['Xenova/llama3-tokenizer', 'gguf:llama-bpe'],
  ['Xenova/llama3-tokenizer', 'npm:llama3'],
  ['Xenova/llama3-tokenizer-new', 'gguf:llama-bpe'],
  ['Xenova/deepseek-coder-1.3b-instruct', 'gguf:deepseek-coder'],
  ['Xenova/gemma2-tokenizer', 'npm:gemma2'],
  ['tiiuae/falcon-7b', 'gguf:falcon'],
  ['Xenova/bert-base-uncased', 'gguf:bert-bge'],
  ['Xenova/distilbert-base-uncased-finetuned-sst-2-english', 'gguf:bert-bge'],
  ['Xenova/all-mpnet-base-v2', 'gguf:bert-bge', 'tokens'],
  ['Xenova/paraphrase-multilingual-MiniLM-L12-v2', 'gguf:nomic-bert-moe'],
  ['Xenova/multilingual-e5-small', 'e5'],
];
/** English Whisper has GPT-2's pieces but control tokens of its own. */
const controlsOfItsOwn = /<\|startoftranscript\|>/;

describe("transformers.js' tokenizer vectors", () => {
  for (const [name, from, compare] of sources)
    it(`${name} from ${from}`, async (t) => {
      const tokenizer = from === 'e5' ? await multilingualE5() : await vocabulary(from);
      if (!tokenizer) {
        t.skip(`needs the vocabulary ${from}: node test/support/vocabularies.ts`);
        return;
      }
      const cases = vectors[name] ?? [];
      let compared = 0;
      for (const vector of cases) {
        // Longsight never encodes two texts as one sequence.
        if (vector.text_pair !== undefined) continue;
        if (compare === 'tokens') {
          if (controlsOfItsOwn.test(vector.text)) continue;
          const ids = tokenizer.encode(vector.text, { parseSpecial: true });
          assert.deepEqual(
            ids.map((id) => tokenizer.tokenContent(id)),
            vector.tokens,
            vector.case,
          );
        } else {
          assertIds(tokenizer, vector);
          assert.equal(
            tidy(tokenizer.decode(vector.ids, { special: true })),
            tidy(vector.decoded),
            `${vector.case} decoded`,
          );
        }
        compared += 1;
      }
      assert.ok(compared > 0);
    });

  const had = new Set(sources.map(([name]) => name));
  for (const name of Object.keys(vectors).filter((candidate) => !had.has(candidate)))
    it(name, (t) => t.skip('lacks a vocabulary: neither among the fixtures nor in a package this test knows'));
});

/** Some vectors are with the model's surroundings, some without, as their authors made them. */
function assertIds(tokenizer: Tokenizer, { text, ids, case: name }: Vector): void {
  const plain = tokenizer.encode(text, { parseSpecial: true });
  const { beginId } = tokenizer;
  const forms = [
    tokenizer.encode(text, { parseSpecial: true, addSpecial: true }),
    plain,
    ...(beginId === null ? [] : [[beginId, ...plain]]),
  ];
  const match = forms.find((form) => form.length === ids.length && form.every((id, i) => id === ids[i]));
  assert.deepEqual(match ?? forms[0], ids, name);
}

/** What the reference does to decoded English by default, and we never do to code. */
function tidy(text: string): string {
  return text
    .replace(/ ([.?!,])/g, '$1')
    .replace(/ ' /g, "'")
    .replace(/ (n't|'m|'s|'ve|'re)/g, '$1');
}

/** XLM-R's pieces with the normaliser of E5, which keeps one space at the end, as a tokenizer.json. */
async function multilingualE5(): Promise<Tokenizer | undefined> {
  const metadata = await ggufVocabulary('nomic-bert-moe');
  if (!metadata) return undefined;
  const list = (key: string): number[] => Array.from(metadata.get(`tokenizer.ggml.${key}`) as ArrayLike<number>);
  const scores = list('scores');
  const contents = metadata.get('tokenizer.ggml.tokens') as readonly string[];
  const special = (content: string): object => ({ id: contents.indexOf(content), content, special: true });
  const map = Buffer.from(Uint8Array.from(list('precompiled_charsmap')));
  return createTokenizer(
    tokenizerFromJson(
      JSON.stringify({
        added_tokens: ['<s>', '<pad>', '</s>', '<unk>'].map(special),
        normalizer: {
          type: 'Sequence',
          normalizers: [
            { type: 'Precompiled', precompiled_charsmap: map.toString('base64') },
            { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
          ],
        },
        pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
        post_processor: { type: 'RobertaProcessing', cls: ['<s>', 0], sep: ['</s>', 2] },
        decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
        model: {
          type: 'Unigram',
          unk_id: 3,
          vocab: contents.map((content, id) => [content, scores[id] ?? 0]),
        },
      }),
    ),
  );
}
