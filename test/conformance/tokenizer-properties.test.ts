/** What holds for every vocabulary: streamed text is the decoded text, encoding can be undone, text never steers the model. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Detokenizer } from '../../src/models/tokenizer/detokenizer.ts';
import type { Tokenizer } from '../../src/models/tokenizer/tokenizer.ts';
import { vocabulary } from '../support/vocabularies.ts';

/** Which of them lose nothing: the others normalise text or know no bytes. */
const lossless = [
  'gguf:gpt-2',
  'gguf:refact',
  'gguf:starcoder',
  'gguf:llama-spm',
  'gguf:phi-3',
  'gguf:deepseek-coder',
  'gguf:deepseek-llm',
  'gguf:falcon',
  'gguf:mpt',
  'gguf:llama-bpe',
  'gguf:qwen2',
  'gguf:qwen35',
  'gguf:command-r',
  'gguf:gemma-4',
  'gguf:baichuan',
  'gguf:aquila',
  'npm:llama3',
  'npm:gpt4o',
  'npm:gemma2',
];
const lossy = ['gguf:bert-bge', 'gguf:nomic-bert-moe', 'npm:qwen2_5', 'npm:claude'];

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const alphabet = [
  ...Array.from('  \n\t\r\n    abcxyzAIß09(){}[];:.,<>|=+-*/_#"\'`\\@$%^&~!?'),
  ...Array.from('éüñ½Ⅷ你好世界はカ한국ไทยहि🦙😶‍🌫️𝔘\u0000\u0085\u00a0\u200b\u2581\ufeff\ufffd'),
  'function ',
  'return',
  "don't",
  "I'LL",
  '12345',
  '<|',
  '|>',
  'im_end',
  '</s>',
  '<0x0A>',
  '[INST]',
];

function randomText(random: () => number): string {
  return Array.from({ length: Math.floor(random() * 40) }, () => alphabet[Math.floor(random() * alphabet.length)]).join(
    '',
  );
}

async function eachOf(name: string, t: { skip(why: string): void }): Promise<Tokenizer | undefined> {
  const tokenizer = await vocabulary(name);
  if (!tokenizer) t.skip(`needs the vocabulary ${name}: node test/support/vocabularies.ts`);
  return tokenizer;
}

function assertStreams(tokenizer: Tokenizer, random: () => number): void {
  for (let round = 0; round < 300; round += 1) {
    const ids = Array.from({ length: 1 + Math.floor(random() * 24) }, () =>
      Math.floor(random() * (round % 3 === 0 ? Math.min(tokenizer.vocabularySize, 300) : tokenizer.vocabularySize)),
    );
    for (const continues of [true, false]) {
      const detokenizer = new Detokenizer(tokenizer, { continues });
      const pieces = ids.map((id) => detokenizer.push(id));
      pieces.push(detokenizer.flush());
      for (const piece of pieces) assert.doesNotMatch(piece, /\p{Cs}/u);
      assert.equal(pieces.join(''), tokenizer.decode(ids, { continues }), JSON.stringify(ids));
    }
  }
}

function assertPlain(tokenizer: Tokenizer, random: () => number): void {
  const controls: string[] = [];
  for (let id = 0; id < tokenizer.vocabularySize; id += 1)
    if (tokenizer.isSpecial(id)) controls.push(tokenizer.tokenContent(id) ?? '');
  assert.ok(controls.length > 0);
  const check = (text: string): void => {
    for (const id of tokenizer.encode(text))
      assert.ok(!tokenizer.isSpecial(id) || id === tokenizer.unknownId, `${JSON.stringify(text)} became token ${id}`);
  };
  for (const control of controls) {
    check(control);
    check(`a ${control} b`);
    check(`${control}\n${control}${control}`);
    check(` ${control.slice(1)}`);
  }
  for (let round = 0; round < 200; round += 1) check(randomText(random) + (controls[round % controls.length] ?? ''));
}

function assertUndone(tokenizer: Tokenizer, random: () => number): void {
  for (let round = 0; round < 300; round += 1) {
    // SentencePiece's sign for the space cannot be told from one.
    const text = randomText(random).replaceAll('▁', '');
    const ids = tokenizer.encode(text);
    assert.equal(tokenizer.decode(ids), text);
    assert.equal(tokenizer.count(text), ids.length);
    const detokenizer = new Detokenizer(tokenizer, { continues: false });
    assert.equal(ids.map((id) => detokenizer.push(id)).join('') + detokenizer.flush(), text);
  }
}

describe('every vocabulary', () => {
  for (const name of [...lossless, ...lossy])
    it(`${name} streams whole characters, takes no text for a control token${lossless.includes(name) ? ', undoes what it encoded' : ''}`, async (t) => {
      const tokenizer = await eachOf(name, t);
      if (!tokenizer) return;
      const random = randomNumbers(17);
      // WordPiece has no bytes to stream: it is for embedders, which write nothing.
      if (name !== 'gguf:bert-bge') assertStreams(tokenizer, random);
      assertPlain(tokenizer, random);
      if (lossless.includes(name)) assertUndone(tokenizer, random);
    });
});
