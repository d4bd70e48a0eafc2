/** Completion: names that begin so, then paths, then paths that hold the letters; folders once each. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complete } from '../../../src/engine/repositories/complete.ts';

const paths = ['src/router.py', 'src/web/route.ts', 'docs/routing/overview.md', 'router/main.go', 'README.md'];
const reader = {
  files: () => paths.map((path) => ({ path, language: 'text', contentHash: '', lines: 1, bytes: 1 })),
  symbolsLike: (prefix: string, limit: number) =>
    ['src/old.py', 'src/router.py']
      .map((path) => ({
        ...{ name: `${prefix}er`, path, kind: 'type' as const, scope: ['web'], local: false },
        ...{ startLine: 6, endLine: 19, signature: '', documentation: '' },
      }))
      .slice(0, limit),
};

describe('completion', () => {
  it('puts files whose name begins so first, and takes no more than wanted', () => {
    const labels = (limit: number): string[] =>
      complete(reader, { prefix: 'Rout', kind: 'file', limit }).map(({ label }) => label);
    assert.deepEqual(labels(10), ['src/router.py', 'src/web/route.ts', 'router/main.go', 'docs/routing/overview.md']);
    assert.deepEqual(labels(1), ['src/router.py']);
    assert.deepEqual(complete(reader, { prefix: 'nothing', kind: 'file', limit: 5 }), []);
  });

  it('knows every folder once', () => {
    assert.deepEqual(
      complete(reader, { prefix: '', kind: 'folder', limit: 10 }).map(({ path }) => path),
      ['src', 'docs', 'router', 'src/web', 'docs/routing'],
    );
  });

  it('gives every definition of a name, with its scope and lines', () => {
    assert.deepEqual(complete(reader, { prefix: 'Rout', kind: 'symbol', limit: 3 }), [
      { label: 'web.Router', path: 'src/old.py', startLine: 6, endLine: 19 },
      { label: 'web.Router', path: 'src/router.py', startLine: 6, endLine: 19 },
    ]);
  });
});
