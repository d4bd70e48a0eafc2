import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { createLogger, silentLogger } from '../../../src/base/logging.ts';
import type { IndexReader } from '../../../src/index/types.ts';
import { vectorKey } from '../../../src/index/vector-key.ts';
import type { Embedder } from '../../../src/runtime/embedding/embedder.ts';
import { createSearch, type Search } from '../../../src/search/search.ts';
import { type MemoryFile, MemoryIndex } from '../../support/memory-index.ts';

const never = new AbortController().signal;

const repository: readonly MemoryFile[] = [
  {
    path: 'src/http/session.py',
    imports: ['.adapters'],
    chunks: [
      { text: '"""Sessions keep cookies between requests."""\nclass Session:', symbols: [{ name: 'Session' }] },
      {
        text: 'def send(self, request):\n  # redirects are followed here\n  return adapter.send(request)',
        symbols: [{ name: 'send', scope: ['Session'], kind: 'method' }],
        scope: ['Session'],
      },
      {
        text: 'def close(self):\n  adapter.close()',
        symbols: [{ name: 'close', scope: ['Session'], kind: 'method' }],
        scope: ['Session'],
      },
    ],
  },
  {
    path: 'src/http/adapters.py',
    chunks: [
      {
        text: 'class HTTPAdapter:\n  def send(self, request): pool.urlopen(request)',
        symbols: [{ name: 'HTTPAdapter' }],
      },
    ],
  },
  {
    path: 'src/http/cookies.py',
    chunks: [{ text: 'class CookieJar:\n  def extract(self, response): pass', symbols: [{ name: 'CookieJar' }] }],
  },
  {
    path: 'tests/test_session.py',
    imports: ['src.http.session'],
    chunks: [
      {
        text: 'def test_session_send_redirects():\n  Session().send(request)  # session redirects session',
        symbols: [{ name: 'test_session_send_redirects' }],
      },
    ],
  },
  {
    path: 'README.md',
    language: 'markdown',
    chunks: [{ text: '# Requests\nInstall with pip. Sessions send requests and follow redirects.' }],
  },
  {
    path: 'docs/install.md',
    language: 'markdown',
    chunks: [{ text: '# Installation\nHow to install from source with pip.' }],
  },
  {
    path: 'package.json',
    language: 'json',
    chunks: [{ text: '{"name": "session", "scripts": {"send": "session redirects"}}' }],
  },
];

function searchOver(t: TestContext, reader: IndexReader, embedder: Embedder | null = null): Search {
  const search = createSearch({ reader, embedder, logger: silentLogger });
  t.after(() => search.dispose());
  return search;
}

const pathsOf = async (search: Search, query: string, scope: readonly string[] = []): Promise<string[]> =>
  (await search.search(query, { scope, limit: 20 }, never)).results.map(({ chunk }) => chunk.path);

describe('search without a model', () => {
  it('puts the file that a question is about first, and its tests and documents behind', async (t) => {
    const paths = await pathsOf(
      searchOver(t, new MemoryIndex(repository)),
      'how does a session send a request and follow redirects',
    );
    assert.equal(paths[0], 'src/http/session.py');
    assert.ok(paths.indexOf('tests/test_session.py') > 0);
    assert.ok(paths.indexOf('README.md') > paths.indexOf('src/http/adapters.py'));
  });

  it('finds documents when they are asked for', async (t) => {
    const paths = await pathsOf(searchOver(t, new MemoryIndex(repository)), 'how do I install this from source');
    assert.equal(paths[0], 'docs/install.md');
    assert.equal(
      (await pathsOf(searchOver(t, new MemoryIndex(repository)), 'What does this project do?'))[0],
      'README.md',
    );
  });

  it('shows the definition of an identifier, qualified or not', async (t) => {
    const search = searchOver(t, new MemoryIndex(repository));
    const [first] = (await search.search('Session.send', {}, never)).results;
    assert.equal(first?.chunk.path, 'src/http/session.py');
    assert.equal(first.chunk.startLine, 3);
    assert.equal(first.symbol, 'Session.send');
    assert.equal(first.ranks['symbol'], 1);
    assert.equal((await search.search('CookieJar', {}, never)).results[0]?.symbol, 'CookieJar');
  });

  it('honours a path that the question names', async (t) => {
    const search = searchOver(t, new MemoryIndex(repository));
    assert.equal((await pathsOf(search, 'what does send do in http/adapters.py'))[0], 'src/http/adapters.py');
    assert.equal((await pathsOf(search, 'which redirects are in tests/'))[0], 'tests/test_session.py');
    assert.equal(
      (await pathsOf(search, 'error at /home/me/work/src/HTTP/Cookies.py line 3'))[0],
      'src/http/cookies.py',
    );
    assert.equal((await pathsOf(search, 'how does read/write of sessions work'))[0], 'src/http/session.py');
  });

  it('honours a quoted phrase', async (t) => {
    const [first] = (
      await searchOver(t, new MemoryIndex(repository)).search('session "adapter.close()" session send', {}, never)
    ).results;
    assert.equal(first?.chunk.startLine, 6);
  });

  it('stays within a scope, globs, folders and exclusions', async (t) => {
    const search = searchOver(t, new MemoryIndex(repository));
    assert.deepEqual([...new Set(await pathsOf(search, 'session redirects', ['tests']))], ['tests/test_session.py']);
    assert.ok(
      (await pathsOf(search, 'session redirects', ['**/*.py', '!tests'])).every((path) => path.startsWith('src/')),
    );
    assert.deepEqual(await pathsOf(search, 'session', ['nowhere/']), []);
  });

  it('ranks a folder as if it were alone', async (t) => {
    const inside = repository.filter((file) => file.path.startsWith('src/'));
    const alone = searchOver(t, new MemoryIndex(inside));
    const whole = searchOver(
      t,
      new MemoryIndex([...repository, ...repository.map((file) => ({ ...file, path: `other/${file.path}` }))]),
    );
    const question = 'how are cookies extracted and sent';
    const ranked = async (search: Search, scope: readonly string[]): Promise<string> =>
      JSON.stringify((await search.search(question, { scope }, never)).results);
    assert.equal(await ranked(whole, ['src']), await ranked(alone, []));
  });

  it('lists further chunks of a file when files run out, each once', async (t) => {
    const { results } = await searchOver(t, new MemoryIndex(repository)).search(
      'session adapter',
      { scope: ['src/http/session.py'] },
      never,
    );
    assert.equal(results.length, 3);
    assert.equal(new Set(results.map(({ chunk }) => chunk.id)).size, 3);
    const scores = results.map(({ score }) => score);
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
      'scores never rise',
    );
  });

  it('gives the same list every time and respects the limit', async (t) => {
    const reversed = new MemoryIndex([...repository].reverse());
    const one = await pathsOf(searchOver(t, new MemoryIndex(repository)), 'request');
    assert.deepEqual(await pathsOf(searchOver(t, reversed), 'request'), one);
    const { results } = await searchOver(t, reversed).search('request', { limit: 2 }, never);
    assert.equal(results.length, 2);
  });

  it('has an answer for what says nothing: an empty index, an empty question, signs', async (t) => {
    assert.deepEqual(await pathsOf(searchOver(t, new MemoryIndex()), 'anything'), []);
    const search = searchOver(t, new MemoryIndex(repository));
    assert.deepEqual(await pathsOf(search, ''), []);
    assert.deepEqual(await pathsOf(search, '??? !!! ---'), []);
  });

  it('sees files that change, come and go', async (t) => {
    const index = new MemoryIndex(repository);
    const search = searchOver(t, index);
    assert.deepEqual((await pathsOf(search, 'zeppelin')).length, 0);
    index.put([
      { path: 'src/zeppelin.py', chunks: [{ text: 'class Zeppelin: pass', symbols: [{ name: 'Zeppelin' }] }] },
    ]);
    assert.equal((await pathsOf(search, 'zeppelin'))[0], 'src/zeppelin.py');
    index.remove('src/zeppelin.py');
    assert.deepEqual(await pathsOf(search, 'zeppelin'), []);
  });

  it('leaves out a file whose terms are damaged, and says so', async (t) => {
    const index = new MemoryIndex(repository);
    const lines: string[] = [];
    const terms = index.terms.bind(index);
    index.terms = (path) => (path === 'src/http/cookies.py' ? new Uint8Array([1, 255]) : terms(path));
    const search = createSearch({
      reader: index,
      embedder: null,
      logger: createLogger('warn', (line) => lines.push(line)),
    });
    t.after(() => search.dispose());
    assert.ok(!(await pathsOf(search, 'cookie jar extract')).includes('src/http/cookies.py'));
    assert.ok(lines.some((line) => line.includes('src/http/cookies.py')));
  });

  it('stops when it is cancelled', async (t) => {
    const search = searchOver(t, new MemoryIndex(repository));
    await assert.rejects(search.search('session', {}, AbortSignal.abort()), CancelledError);
    assert.ok((await pathsOf(search, 'session')).length > 0, 'and answers the next question');
  });
});

/** Words are near when they begin alike; texts are the sum of their words. Good enough to see vectors at work. */
function letterEmbedder(
  options: { readonly delay?: number; readonly fail?: boolean } = {},
): Embedder & { embedded: string[] } {
  const dimensions = 32;
  const embedded: string[] = [];
  return {
    id: 'letters',
    dimensions,
    maxTokens: 256,
    embedded,
    fits: (text) => text.length < 1000,
    embed: async (texts) => {
      if (options.fail === true) throw new Error('the graph broke');
      if (options.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, options.delay));
      embedded.push(...texts);
      return texts.map((text) => {
        const vector = new Float32Array(dimensions).fill(0.05);
        for (const word of text.toLowerCase().split(/[^a-z]+/))
          if (word) vector[word.charCodeAt(0) - 97] = (vector[word.charCodeAt(0) - 97] ?? 0) + 1;
        const length = Math.hypot(...vector);
        return vector.map((value) => value / length);
      });
    },
    dispose: () => Promise.resolve(),
  };
}

describe('search with an embedder', () => {
  it('uses file cards at once, static vectors once they are made, and keeps both', async (t) => {
    const index = new MemoryIndex(repository);
    const embedder = letterEmbedder();
    const search = searchOver(t, index, embedder);
    const question = 'how do sessions handle cookies';
    const { results } = await search.search(question, { patience: Infinity }, never);
    assert.ok(results.some(({ ranks }) => ranks['dense'] !== undefined));
    assert.ok(embedder.embedded.some((text) => text.includes('Sessions keep cookies')));
    await search.warm(never);
    await search.search(question, { patience: Infinity }, never);
    const words = embedder.embedded.length;
    const again = searchOver(t, index, embedder);
    await again.warm(never);
    await again.search(question, { patience: Infinity }, never);
    const repeated = embedder.embedded.slice(words).filter((text) => text !== question);
    assert.deepEqual(repeated, [], 'only the question itself is embedded again');
    assert.ok(index.vector(vectorKey(embedder, 'word 1', 'session')) !== undefined);
  });

  it('leaves vectors out for an identifier and when it is told to', async (t) => {
    const embedder = letterEmbedder();
    const search = searchOver(t, new MemoryIndex(repository), embedder);
    await search.search('CookieJar', { patience: Infinity }, never);
    await search.search('how do sessions handle cookies', { lexicalOnly: true, patience: Infinity }, never);
    assert.deepEqual(embedder.embedded, []);
  });

  it('does not wait longer than its patience, and the late vectors serve the next question', async (t) => {
    const embedder = letterEmbedder({ delay: 30 });
    const search = searchOver(t, new MemoryIndex(repository), embedder);
    const { results } = await search.search('how do sessions handle cookies', { patience: 0 }, never);
    assert.equal(results[0]?.chunk.path, 'src/http/session.py');
    assert.ok(results.every(({ ranks }) => ranks['dense'] === undefined));
    const sharper = await search.search('how do sessions handle cookies', { patience: Infinity }, never);
    assert.ok(sharper.results.some(({ ranks }) => ranks['dense'] !== undefined));
  });

  it('takes an embedder that comes later, and lets go of one', async (t) => {
    const search = searchOver(t, new MemoryIndex(repository));
    const dense = async (): Promise<boolean> => {
      const { results } = await search.search('how do sessions handle cookies', { patience: Infinity }, never);
      return results.some(({ ranks }) => ranks['dense'] !== undefined);
    };
    assert.equal(await dense(), false);
    search.useEmbedder(letterEmbedder());
    assert.equal(await dense(), true);
    search.useEmbedder(null);
    assert.equal(await dense(), false);
  });

  it('answers by words when the embedder fails', async (t) => {
    const search = searchOver(t, new MemoryIndex(repository), letterEmbedder({ fail: true }));
    const { results } = await search.search('how do sessions handle cookies', {}, never);
    assert.equal(results[0]?.chunk.path, 'src/http/session.py');
  });

  it('makes the vectors of a changed file again with the next warming', async (t) => {
    const index = new MemoryIndex(repository);
    const search = searchOver(t, index, letterEmbedder());
    await search.warm(never);
    index.put([
      {
        path: 'src/http/cookies.py',
        chunks: [{ text: 'class CookieJar: pass' }, { text: 'def extract(response): cookies' }],
      },
    ]);
    const before = await search.search('cookies of a response', { patience: Infinity }, never);
    await search.warm(never);
    const after = await search.search('cookies of a response', { patience: Infinity }, never);
    for (const { results } of [before, after])
      assert.ok(results.some(({ chunk }) => chunk.path === 'src/http/cookies.py'));
  });
});
