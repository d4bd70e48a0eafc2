import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AddedTokens } from '../../../src/models/tokenizer/added-tokens.ts';
import { BytePairMerger } from '../../../src/models/tokenizer/byte-pair-merger.ts';
import { CharacterMap } from '../../../src/models/tokenizer/character-map.ts';
import { tokenizerFromGguf } from '../../../src/models/tokenizer/from-gguf.ts';
import { tokenizerFromJson } from '../../../src/models/tokenizer/from-json.ts';
import { MergeTable } from '../../../src/models/tokenizer/merge-table.ts';
import { preTokenizer } from '../../../src/models/tokenizer/pre-tokenizers.ts';
import {
  type SplitBehavior,
  TextSplitter,
  compileSplit,
  splitBy,
} from '../../../src/models/tokenizer/text-splitter.ts';
import { createTokenizer } from '../../../src/models/tokenizer/tokenizer.ts';

/** Every name that llama.cpp gives a splitting rule. */
const names =
  'default minicpm5 llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano deepseek-llm deepseek-coder ' +
  'deepseek-v3 spark2_5 youtu falcon mpt starcoder gpt-2 phi-2 jina-es jina-de gigachat jina-v2-es jina-v2-de a.x-4.0 mellum ' +
  'modern-bert jais-2 gemma4 granite-embed-multi-311m sarvam-moe jina-v1-en jina-v2-code roberta-bpe refact command-r qwen2 ' +
  'deepseek-r1-qwen kormo f2llmv2 qwen35 stablelm2 olmo dbrx smaug-bpe poro-chat chatglm-bpe glm4 glm5 viking jais tekken smollm ' +
  'codeshell bloom gpt3-finnish exaone exaone4 exaone-moe chameleon minerva-7b megrez gpt-4o llama4 kanana2 talkie ' +
  'granite-embed-multi-97m tiny_aya cohere2moe superbpe trillion granite-docling bailingmoe bailingmoe2 llada-moe seed-coder ' +
  'hunyuan hunyuan-dense hy_v4 joyai-llm kimi-k2 ufakzeka grok-2 afmoe laguna minimax-m2 solar-open mellum2';

const sample =
  "  def f(x1234567):\r\n\t\treturn x['a'] + \"½Ⅷ\" # it's I'LL  don't\n\n\n  你好, 世界!カタカナ 한국 ไทย हिन्दी Ünï HTTPServer 🦙 \u00a0\u0085 $+<=>^~| a/b   ";

function splitWith(name: string, text: string): readonly string[] {
  const rule = preTokenizer(name);
  assert.ok(rule, name);
  return new TextSplitter(rule.patterns.map(compileSplit)).split(text);
}

describe('splitting rules', () => {
  it('exist for every name, and lose nothing', () => {
    for (const name of names.split(' ')) {
      const pieces = splitWith(name, sample);
      assert.equal(pieces.join(''), sample, name);
      // These split at line ends or digits only: their tokens span words.
      const few = /^(?:superbpe|gemma4|sarvam-moe|granite-embed-multi-311m)$/.test(name);
      assert.ok(pieces.every((piece) => piece.length > 0) && pieces.length > (few ? 1 : 8), name);
    }
    assert.equal(preTokenizer('no-such-rule'), undefined);
  });

  it('cut numbers as their models do', () => {
    const digits = (name: string): string => splitWith(name, 'a1234567b').join(' ');
    assert.equal(digits('llama-bpe'), 'a 123 456 7 b');
    assert.equal(digits('qwen2'), 'a 1 2 3 4 5 6 7 b');
    assert.equal(digits('gpt-2'), 'a 1234567 b');
    assert.equal(digits('afmoe'), 'a 1 234 567 b');
    assert.equal(digits('superbpe'), 'a 1 234 567 b');
    assert.deepEqual(splitWith('tiny_aya', '1234567'), ['1', '234', '567']);
  });

  it('take single digits in one expression as in two', () => {
    const gpt2 = preTokenizer('gpt-2')?.patterns ?? [];
    const two = new TextSplitter([/\p{N}/gu, ...gpt2.map(compileSplit)]);
    const parts = ['  ', ' ', '\n', '\t', '1', '½', 'ab', "'s", '!', '\u00a0', 'é', "n't"];
    for (let i = 0; i < 12 ** 4; i += 7) {
      const text = [i, i / 12, i / 144, i / 1728, i / 5].map((n) => parts[Math.floor(n) % 12]).join('');
      assert.deepEqual(splitWith('smollm', text), two.split(text), JSON.stringify(text));
    }
  });

  it('read the expressions of other libraries', () => {
    assert.deepEqual("it'S'ſ".match(compileSplit(String.raw`(?i:'s)|\p{L}++`)), ['it', "'S", "'ſ"]);
    assert.deepEqual('a\u0085b\ufeffc'.split(compileSplit(String.raw`\s`)), ['a', 'b\ufeffc']);
    assert.deepEqual('(*+,'.match(compileSplit('[(*+,]+')), ['(*+,']);
    assert.throws(() => compileSplit('(unclosed'), SyntaxError);
  });

  it('treat what an expression matches in five ways', () => {
    const split = (behavior: SplitBehavior): readonly string[] =>
      splitBy(/-/gu, behavior, false)('the-final--countdown');
    assert.deepEqual(split('Removed'), ['the', 'final', 'countdown']);
    assert.deepEqual(split('Isolated'), ['the', '-', 'final', '-', '-', 'countdown']);
    assert.deepEqual(split('MergedWithPrevious'), ['the-', 'final-', '-', 'countdown']);
    assert.deepEqual(split('MergedWithNext'), ['the', '-final', '-', '-countdown']);
    assert.deepEqual(split('Contiguous'), ['the', '-', 'final', '--', 'countdown']);
  });
});

describe('byte-pair merging', () => {
  it('merges by rank, the leftmost of equals, for as long as anything merges', () => {
    const table = new MergeTable(4);
    table.set(1, 2, 1, 12);
    table.set(2, 1, 0, 21);
    table.set(1, 21, 5, 121);
    table.set(3, 3, 2, 33);
    const merged = (ids: number[]): number[] => {
      const output: number[] = [];
      new BytePairMerger(table).merge(ids, output);
      return output;
    };
    assert.deepEqual(merged([1, 2, 1]), [121]);
    assert.deepEqual(merged([3, 3, 3]), [33, 3]);
    assert.deepEqual(merged([]), []);
    assert.deepEqual(merged(new Array<number>(100_001).fill(3)).length, 50_001);
  });
});

describe('added tokens', () => {
  it('are found longest first, whole where they must be, with the white space they take', () => {
    const token = (content: string, id: number, more: object = {}): object => ({ content, id, special: true, ...more });
    const tokens = new AddedTokens([
      token('<|a|>', 1),
      token('<|a|>b', 2),
      token('word', 3, { singleWord: true }),
      token('<l>', 4, { stripsLeft: true, stripsRight: true }),
    ] as never);
    const found = (text: string): unknown =>
      Array.from(tokens.find(text), ({ token: { id }, start, end }) => [id, start, end]);
    assert.deepEqual(found('x<|a|>b<|a|>'), [
      [2, 1, 7],
      [1, 7, 12],
    ]);
    assert.deepEqual(found('word sword word'), [
      [3, 0, 4],
      [3, 11, 15],
    ]);
    assert.deepEqual(found('a \n<l>  b'), [[4, 1, 8]]);
  });
});

describe('unigram', () => {
  const tokenizer = createTokenizer(
    tokenizerFromGguf((key) =>
      new Map<string, unknown>([
        ['tokenizer.ggml.model', 't5'],
        ['tokenizer.ggml.tokens', ['<pad>', '</s>', '<unk>', '▁', 'a', 'b', 'ab', '▁ab', 'ba']],
        ['tokenizer.ggml.token_type', [3, 3, 2, 1, 1, 1, 1, 1, 1]],
        ['tokenizer.ggml.scores', [0, 0, 0, -2, -3, -3, -5, -4, -5.5]],
      ]).get(key),
    ),
  );
  const contents = (text: string): unknown => tokenizer.encode(text).map((id) => tokenizer.tokenContent(id));

  it('chooses the pieces whose scores have the highest sum', () => {
    assert.deepEqual(contents('ab'), ['▁ab']);
    assert.deepEqual(contents('aba'), ['▁ab', 'a']);
    assert.deepEqual(contents('bab'), ['▁', 'b', 'ab']);
  });

  it('makes one unknown token of what it does not know, and ends a text when asked', () => {
    assert.deepEqual(contents('xyz'), ['▁', '<unk>']);
    assert.deepEqual(tokenizer.encode('ab', { addSpecial: true }), [7, 1]);
  });
});

describe('character map', () => {
  it('is refused when its lengths do not add up', () => {
    for (const bytes of [Uint8Array.of(255, 255, 255, 0, 1), Uint8Array.of(3, 0, 0, 0, 1, 2, 3)])
      assert.throws(() => new CharacterMap(bytes), /LS2021|tokenizer/);
    assert.equal(new CharacterMap(new Uint8Array(4)).normalize('äb'), 'äb');
  });
});

describe('tokenizer.json', () => {
  const pieces = ['a', 'b', 'ab', '▁', '▁ab', '<unk>', '<s>'];
  const json = (more: object): string =>
    JSON.stringify({
      added_tokens: [{ id: 6, content: '<s>', special: true }],
      model: {
        type: 'BPE',
        vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
        merges: [
          ['a', 'b'],
          ['▁', 'ab'],
        ],
        unk_token: '<unk>',
        fuse_unk: true,
      },
      ...more,
    });
  const contents = (more: object, text: string): unknown => {
    const tokenizer = createTokenizer(tokenizerFromJson(json(more)));
    return tokenizer.encode(text).map((id) => tokenizer.tokenContent(id));
  };

  it('is normalised and split as it says', () => {
    const sign = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' };
    assert.deepEqual(contents({ pre_tokenizer: sign }, 'ab ab'), ['▁ab', '▁ab']);
    assert.deepEqual(contents({ pre_tokenizer: { ...sign, prepend_scheme: 'never' } }, 'ab ab'), ['ab', '▁ab']);
    const normalizer = {
      type: 'Sequence',
      normalizers: [
        { type: 'Lowercase' },
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    };
    assert.deepEqual(contents({ normalizer }, 'AB ab'), ['▁ab', '▁ab']);
    assert.deepEqual(contents({}, 'aXYb'), ['a', '<unk>', 'b']);
  });

  it('is done by the library where it asks for what is not done here', () => {
    const pre_tokenizer = { type: 'BertPreTokenizer' };
    assert.deepEqual(contents({ pre_tokenizer }, 'ab ab'), ['ab', 'ab']);
    assert.throws(() => contents({ pre_tokenizer: { type: 'Unheard' } }, 'ab'), /tokenizer/);
  });

  it('never merges text into a control token', () => {
    const vocab = { '<': 0, s: 1, '>': 2, '<s': 3, '<s>': 4 };
    const text = JSON.stringify({
      added_tokens: [{ id: 4, content: '<s>', special: true }],
      model: { type: 'BPE', vocab, merges: ['< s', '<s >'] },
    });
    const tokenizer = createTokenizer(tokenizerFromJson(text));
    assert.ok(!tokenizer.encode('<s>').includes(4));
    assert.deepEqual(tokenizer.encode('<s>', { parseSpecial: true }), [4]);
  });
});
