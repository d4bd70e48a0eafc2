import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { percentile, searchBatch } from '../../../src/search/batch.ts';
import { laneOf } from '../../../src/search/lanes.ts';
import { type LaneRanking, mergeLanes } from '../../../src/search/merge-lanes.ts';
import { parseQuery } from '../../../src/search/query.ts';
import { scopeMatcher } from '../../../src/search/scope.ts';
import type { SearchOptions } from '../../../src/search/search.ts';
import { MemoryIndex } from '../../support/memory-index.ts';

describe('lanes', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['src/a.ts', 'code'],
    ['Makefile', 'configuration'],
    ['package.json', 'configuration'],
    ['.eslintrc', 'configuration'],
    ['docs/guide.md', 'document'],
    ['LICENSE', 'document'],
    ['README', 'document'],
    ['src/license.ts', 'code'],
    ['requirements-dev.txt', 'configuration'],
    ['bin/run', 'code'],
  ];
  for (const [path, lane] of cases) it(`${path} is ${lane}`, () => assert.equal(laneOf(path), lane));
});

describe('merging lanes', () => {
  const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const merge = (question: string, shares: { code: number; document: number }): string[] => {
    const rankings: LaneRanking<string>[] = [
      { lane: 'code', files: names('c', 9), wordShare: shares.code },
      { lane: 'document', files: names('d', 3), wordShare: shares.document },
    ];
    return mergeLanes(parseQuery(question), rankings, () => false);
  };

  it('shows a document among code only where it does not cost the first places', () => {
    const merged = merge('how are retries handled', { code: 0.5, document: 0.5 });
    assert.deepEqual(merged.slice(0, 6), names('c', 6));
    assert.equal(merged[6], 'd0');
    assert.equal(merged.length, 12);
  });

  it('puts documents behind all code when they hold few of the words', () => {
    assert.deepEqual(merge('how are retries handled', { code: 0.5, document: 0.1 }), [
      ...names('c', 9),
      ...names('d', 3),
    ]);
  });

  it('puts documents first when the question asks for them and they hold its words', () => {
    assert.equal(merge('how do I install it', { code: 0.2, document: 0.4 })[0], 'd0');
    assert.equal(merge('documentation generation for man pages', { code: 0.5, document: 0.4 })[0], 'c0');
  });

  it('puts what is named before everything', () => {
    const rankings: LaneRanking<string>[] = [
      { lane: 'code', files: names('c', 3), wordShare: 1 },
      { lane: 'document', files: ['d0'], wordShare: 0 },
    ];
    assert.equal(mergeLanes(parseQuery('x in README.md'), rankings, (file) => file === 'd0')[0], 'd0');
  });
});

describe('scopes', () => {
  const cases: readonly (readonly [readonly string[], string, boolean])[] = [
    [[], 'anything.py', true],
    [['src'], 'src/a/b.py', true],
    [['src/'], 'srcs/a.py', false],
    [['./src'], 'src/a.py', true],
    [['*.py'], 'deep/er/a.py', true],
    [['src/*.py'], 'src/deep/a.py', false],
    [['src/**/*.py'], 'src/deep/a.py', true],
    [['app/[id]'], 'app/[id]/page.tsx', true],
    [['!tests'], 'tests/a.py', false],
    [['!tests'], 'src/a.py', true],
    [['src\\net'], 'src/net/a.py', true],
    [['.github'], '.github/workflows/ci.yml', true],
  ];
  for (const [scope, path, expected] of cases) {
    it(`${JSON.stringify(scope)} ${expected ? 'takes' : 'leaves'} ${path}`, () =>
      assert.equal(scopeMatcher(scope)(path), expected));
  }
});

describe('the batch', () => {
  it('asks each row in its folder and writes ranges', async () => {
    const index = new MemoryIndex([{ path: 'src/a.py', chunks: [{ text: 'one' }, { text: 'two\nthree' }] }]);
    const asked: [string, SearchOptions][] = [];
    const search = {
      search: (query: string, options: SearchOptions) => {
        asked.push([query, options]);
        return Promise.resolve({
          results: index.chunksOf('src/a.py').map((chunk) => ({ chunk, score: 1, ranks: {}, symbol: null })),
          byMeaning: false,
          nearWords: new Map(),
          ms: asked.length,
        });
      },
    };
    const rows = [
      { id: 'x/1', query: 'first', index_root: 'src' },
      { id: 'x/2', query: 'second', index_root: '' },
      { id: 'x/3', query: 'third' },
    ];
    const report = await searchBatch(search, rows, { limit: 5 }, new AbortController().signal);
    assert.deepEqual(
      asked.map(([, options]) => options.scope),
      [['src'], [], []],
    );
    assert.deepEqual(report.runs[0], {
      id: 'x/1',
      ranked: [
        { path: 'src/a.py', start_line: 1, end_line: 1 },
        { path: 'src/a.py', start_line: 2, end_line: 3 },
      ],
    });
    assert.deepEqual([report.questions, report.ms50, report.ms99], [3, 2, 3]);
  });

  it('has percentiles of nothing and of one', () => {
    assert.equal(percentile([], 0.5), 0);
    assert.equal(percentile([7], 0.99), 7);
  });
});
