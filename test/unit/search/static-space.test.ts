import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { silentLogger } from '../../../src/base/logging.ts';
import type { Embedder } from '../../../src/runtime/embedding/embedder.ts';
import { Corpus } from '../../../src/search/corpus.ts';
import { parseQuery } from '../../../src/search/query.ts';
import { StaticSpace } from '../../../src/search/static-space.ts';
import { MemoryIndex } from '../../support/memory-index.ts';

const never = new AbortController().signal;
const dimensions = 16;

/** A vector a word, made of its letters; counts what it embeds. */
function wordEmbedder(): Embedder & { readonly words: string[] } {
  const words: string[] = [];
  return {
    id: 'words',
    dimensions,
    maxTokens: 256,
    words,
    fits: () => true,
    embed: (texts, _, signal) => {
      if (signal?.aborted) return Promise.reject(new CancelledError());
      words.push(...texts);
      return Promise.resolve(
        texts.map((text) =>
          Float32Array.from({ length: dimensions }, (_, d) =>
            Math.sin((d + 1) * Array.from(text).reduce((sum, letter) => sum + letter.charCodeAt(0), 0)),
          ),
        ),
      );
    },
    dispose: () => Promise.resolve(),
  };
}

async function corpusOf(index: MemoryIndex, t: TestContext): Promise<Corpus> {
  const corpus = new Corpus(index, silentLogger);
  t.after(() => corpus.dispose());
  await corpus.refresh(never);
  return corpus;
}

const file = (path: string, ...texts: readonly string[]): { path: string; chunks: { text: string }[] } => ({
  path,
  chunks: texts.map((text) => ({ text })),
});

describe('the static space', () => {
  it('embeds words that stand in two chunks of code, each once', async (t) => {
    const embedder = wordEmbedder();
    const index = new MemoryIndex([
      file('a.py', 'socket cookie', 'socket jar 404'),
      file('b.py', 'cookie 404 lonely'),
      file('README.md', 'jar prose prose', 'prose'),
    ]);
    const space = new StaticSpace(index, embedder);
    await space.build(await corpusOf(index, t), never);
    assert.deepEqual([...embedder.words].sort(), ['cookie', 'socket']);
    assert.ok(space.isReady);
    assert.equal(space.vectorsOf(0)?.scales.length, 3, 'two chunks and the file');
  });

  it('names the words nearest to those of a question, but for these themselves', async (t) => {
    // Words of the same letters have the same vector.
    const text = 'stale least socket cookie jar window river table';
    const space = new StaticSpace(new MemoryIndex([file('a.py', text, text)]), wordEmbedder());
    assert.equal((await space.nearWords(parseQuery('stale'), never)).size, 0, 'nothing is embedded yet');
    await space.build(await corpusOf(new MemoryIndex([file('a.py', text, text)]), t), never);
    const near = await space.nearWords(parseQuery('what is stale or steal'), never);
    assert.equal(near.get('stale')?.[0]?.stem, 'least');
    assert.equal(
      near.get('steal')?.[0]?.cosine.toFixed(3),
      '1.000',
      'a word that the repository lacks is embedded now',
    );
  });

  it('makes only what changed again, and chooses words anew when there are many more', async (t) => {
    const embedder = wordEmbedder();
    const index = new MemoryIndex([file('a.py', 'socket cookie', 'socket cookie'), file('b.py', 'cookie socket')]);
    const corpus = await corpusOf(index, t);
    const space = new StaticSpace(index, embedder);
    await space.build(corpus, never);
    const [first, second] = [space.vectorsOf(0), space.vectorsOf(1)];
    index.put([file('b.py', 'cookie', 'socket')]);
    await corpus.refresh(never);
    await space.build(corpus, never);
    assert.equal(space.vectorsOf(0), first);
    assert.notEqual(space.vectorsOf(1), second);
    assert.equal(embedder.words.length, 2);
    index.put([file('c.py', 'kettle teapot', 'kettle teapot')]);
    await corpus.refresh(never);
    await space.build(corpus, never);
    assert.deepEqual(embedder.words.slice(2).sort(), ['kettle', 'teapot']);
    assert.notEqual(space.vectorsOf(0), first);
  });

  it('understands a question with words that the repository lacks', async (t) => {
    const embedder = wordEmbedder();
    const index = new MemoryIndex([file('a.py', 'socket cookie', 'socket cookie')]);
    const space = new StaticSpace(index, embedder);
    assert.equal(await space.question(parseQuery('cookie'), never), null, 'nothing before it is built');
    await space.build(await corpusOf(index, t), never);
    const question = await space.question(parseQuery('biscuit cookie'), never);
    assert.ok(question);
    assert.ok(embedder.words.includes('biscuit'));
    assert.equal(space.cosines(question, 0)?.length, 3);
    assert.equal(await space.question(parseQuery('!!'), never), null);
  });

  it('stops when cancelled, and goes on later', async (t) => {
    const index = new MemoryIndex([file('a.py', 'socket cookie', 'socket cookie')]);
    const space = new StaticSpace(index, wordEmbedder());
    const corpus = await corpusOf(index, t);
    await assert.rejects(space.build(corpus, AbortSignal.abort()), CancelledError);
    assert.equal(space.isReady, false);
    await space.build(corpus, never);
    assert.ok(space.isReady);
  });
});
