import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scopeOf, scoreChunks } from '../../../src/search/bm25f.ts';
import { compatShare, demotionShares, demotionsOf } from '../../../src/search/features/demotions.ts';
import { importCounts } from '../../../src/search/features/imports.ts';
import { matchWords, nameFeatures } from '../../../src/search/features/names.ts';
import { symbolFeatures } from '../../../src/search/features/symbols.ts';
import { textFeatures } from '../../../src/search/features/text.ts';
import { FileTable } from '../../../src/search/file-table.ts';
import { parseQuery } from '../../../src/search/query.ts';
import { TermIndex } from '../../../src/search/term-index.ts';
import { type MemoryFile, MemoryIndex } from '../../support/memory-index.ts';

function tableOf(paths: readonly string[]): { files: FileTable; mask: Uint8Array } {
  const files = new FileTable();
  for (const path of paths) files.add(path);
  return { files, mask: new Uint8Array(paths.length).fill(1) };
}

describe('name features', () => {
  it('are the explained share of the stem, and directories by share of the question', () => {
    const { files, mask } = tableOf(['src/http/client_session.py', 'src/http/client.py', 'src/other.py']);
    const { stem, stemFull, directories } = nameFeatures(files, matchWords(files, parseQuery('http client')), mask);
    assert.ok(Math.abs((stem[0] ?? 0) - 6 / 13) < 1e-9, 'client of clientsession');
    assert.deepEqual([stem[1], stemFull[1], directories[1]], [1, 1, 0.5]);
    assert.deepEqual([stem[2], directories[2]], [0, 0]);
  });

  it('leave out files that are not searched', () => {
    const { files } = tableOf(['client.py']);
    assert.equal(nameFeatures(files, matchWords(files, parseQuery('client')), Uint8Array.of(0)).stem[0], 0);
  });
});

describe('symbol features', () => {
  const sources: readonly MemoryFile[] = [
    {
      path: 'session.py',
      chunks: [
        { text: 'class Session', symbols: [{ name: 'Session' }, { name: 'send', scope: ['Session'], kind: 'method' }] },
      ],
    },
    {
      path: 'helper.py',
      chunks: [
        { text: 'def Session', symbols: [{ name: 'Session', kind: 'function', local: true }, { name: 'send' }] },
      ],
    },
    { path: 'types.py', chunks: [{ text: 'x', symbols: [{ name: 'Session', kind: 'field', scope: ['Holder'] }] }] },
  ];
  const reader = new MemoryIndex(sources);
  const { files, mask } = tableOf(sources.map((source) => source.path));

  it('rank types over fields and locals, and see the name in the file name', () => {
    const { defined, equalsStem, definition } = symbolFeatures(reader, files, parseQuery('Session'), mask);
    assert.deepEqual([...defined], [1, 0.3, 0.3]);
    assert.deepEqual([...equalsStem], [1, 0, 0]);
    assert.equal(definition.get(0)?.name, 'Session');
  });

  it('follow the qualifier', () => {
    const { defined } = symbolFeatures(reader, files, parseQuery('Session.send'), mask);
    assert.ok((defined[0] ?? 0) > (defined[1] ?? 0));
  });

  it('know exact case only, and trust plain words less', () => {
    assert.equal(symbolFeatures(reader, files, parseQuery('how session handling works'), mask).defined[0], 0);
    const plain = symbolFeatures(reader, files, parseQuery('how to send data'), mask).defined[1] ?? 0;
    const named = symbolFeatures(reader, files, parseQuery('how to `send` data'), mask).defined[1] ?? 0;
    assert.ok(plain > 0 && plain <= named / 2);
  });

  it('trust a plain word less the more files define it, a name as ever', () => {
    const common = ['mux.go', 'tree.go', 'recoverer.go', 'handler.go'];
    const everywhere = new MemoryIndex(
      common.map((path) => ({ path, chunks: [{ text: 'x', symbols: [{ name: 'handler' }] }] })),
    );
    const table = tableOf(common);
    const ask = (question: string) => symbolFeatures(everywhere, table.files, parseQuery(question), table.mask);
    const once = symbolFeatures(reader, files, parseQuery('how does a Holder send'), mask);
    assert.ok((ask('when a handler panics').defined[0] ?? 0) < (once.defined[1] ?? 0));
    assert.equal(ask('when a handler panics').equalsStem[3], 1 / common.length);
    assert.equal(ask('when a `handler` panics').equalsStem[3], 1);
  });
});

describe('text features', () => {
  it('give the best file 1 and count further chunks', () => {
    const reader = new MemoryIndex([
      { path: 'one.py', chunks: [{ text: 'retry retry' }] },
      { path: 'two.py', chunks: [{ text: 'retry retry' }, { text: 'retry retry' }] },
      { path: 'three.py', chunks: [{ text: 'nothing' }] },
    ]);
    const index = new TermIndex();
    const files = new FileTable();
    for (const { path } of reader.files()) index.put(files.add(path), reader.terms(path) ?? new Uint8Array());
    const scores = scoreChunks(index, files, new Map([['retri', 1]]), scopeOf(index, new Uint8Array(3).fill(1)));
    const { sum, best } = textFeatures(index, scores, 3);
    assert.equal(sum[1], 1);
    assert.ok(Math.abs((sum[0] ?? 0) - Math.SQRT1_2) < 1e-9, 'half the sum, its root');
    assert.ok(Math.abs((best[0] ?? 0) - 1 / 1.5) < 1e-9, 'one chunk of 1, .5');
    assert.deepEqual([sum[2], best[2]], [0, 0]);
  });
});

describe('demotions', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['tests/test_session.py', ['test']],
    ['src/session_test.go', ['test']],
    ['lib/session.spec.ts', ['test']],
    ['src/main/java/SessionTest.java', ['test']],
    ['src/latest/contest.py', []],
    ['examples/echo/main.go', ['example']],
    ['bench/run.js', ['example']],
    ['pydantic/v1/main.py', ['compat']],
    ['src/requests/compat.py', ['compat']],
    ['src/session/__init__.py', ['init']],
    ['src/session/mod.rs', ['init']],
    ['src/session.py', []],
  ];
  for (const [path, kinds] of cases) {
    it(`${path}: ${kinds.join(', ') || 'none'}`, () => {
      const found = demotionsOf(path);
      assert.deepEqual(
        (['test', 'example', 'compat', 'init'] as const).filter((kind) => found[kind] === 1),
        kinds,
      );
    });
  }

  it('shrink to a fifth for what the question speaks of', () => {
    assert.equal(demotionShares(parseQuery('which tests cover retries')).test, 0.2);
    assert.equal(demotionShares(parseQuery('how are retries done')).test, 1);
    const demotions = demotionsOf('pydantic/v1/main.py');
    assert.equal(compatShare(demotions, demotionShares(parseQuery('validators in the v1 folder'))), 0.2);
    assert.equal(compatShare(demotions, demotionShares(parseQuery('validators'))), 1);
  });
});

describe('import counts', () => {
  const count = (files: Readonly<Record<string, readonly string[]>>): Map<string, number> =>
    importCounts(
      { importsOf: (path) => (files[path] ?? []).map((specifier) => ({ specifier, line: 1 })) },
      Object.keys(files),
    );

  it('resolve relative specifiers, with and without endings and through index files', () => {
    const counts = count({
      'src/a.ts': ['./b.js', '../lib', './missing'],
      'src/b.ts': [],
      'lib/index.ts': ['../src/b'],
    });
    assert.equal(counts.get('src/b.ts'), 2);
    assert.equal(counts.get('lib/index.ts'), 1);
  });

  it('resolve dotted, `::` and slashed names by their tails', () => {
    const counts = count({
      'pkg/app.py': ['pkg.net.session', '.net.session', 'os'],
      'pkg/net/session.py': [],
      'src/sync/mutex.rs': [],
      'src/lib.rs': ['crate::sync::mutex::Mutex'],
      'include/absl/strings/split.h': [],
      'x.cc': ['absl/strings/split.h'],
    });
    assert.equal(counts.get('pkg/net/session.py'), 1, 'two ways to say it in one file count once');
    assert.equal(counts.get('src/sync/mutex.rs'), 1);
    assert.equal(counts.get('include/absl/strings/split.h'), 1);
    assert.equal(counts.get('pkg/app.py'), undefined);
  });

  it('do not guess among many', () => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`m${i}/config.py`, [] as string[]]));
    assert.equal(count({ ...files, 'main.py': ['thirdparty.config'] }).size, 0);
  });
});
