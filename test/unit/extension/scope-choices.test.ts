/** The choice of scope: what was typed is what Enter takes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { folderTyped, scopeChoices } from '../../../src/extension/ask/scope-choices.ts';

const one = [{ root: '/code/ferry', name: 'ferry' }];
const two = [...one, { root: '/code/harbour', name: 'harbour' }];
const base = { current: [], whole: 'whole repository' };

describe('the choice of scope', () => {
  it('takes the folder that was typed, not the whole repository', () => {
    const { choices, active } = scopeChoices({
      ...base,
      typed: 'src',
      repositories: one,
      folders: [{ path: 'src' }, { path: 'src/web' }],
    });
    assert.deepEqual(active?.parts, [{ repository: '/code/ferry', glob: 'src/**', label: 'src' }]);
    assert.equal(choices.at(-1)?.kind, 'whole');
  });

  it('takes the folder of exactly that name, however it was written', () => {
    const folders = [{ path: 'src/web' }, { path: 'web' }];
    for (const typed of ['web', 'web/', './web', 'WEB', ' web '])
      assert.equal(scopeChoices({ ...base, typed, repositories: one, folders }).active?.label, 'web', typed);
    assert.equal(folderTyped('.\\src\\web\\'), 'src/web');
  });

  it('takes a glob as it was typed, and everything only when nothing fits', () => {
    const glob = scopeChoices({ ...base, typed: 'src/**/*.ts', repositories: one, folders: [] });
    assert.equal(glob.active?.parts[0]?.glob, 'src/**/*.ts');
    assert.equal(scopeChoices({ ...base, typed: 'zzz', repositories: one, folders: [] }).active?.kind, 'whole');
  });

  it('points at what is chosen now while nothing is typed', () => {
    const current = [{ repository: '/code/ferry', glob: 'src/**', label: 'src' }];
    const folders = [{ path: 'docs' }, { path: 'src' }];
    assert.equal(scopeChoices({ ...base, typed: '', repositories: one, folders, current }).active?.label, 'src');
    assert.equal(scopeChoices({ ...base, typed: '', repositories: one, folders }).active?.kind, 'whole');
  });

  it('offers each of several repositories, and names it before its folders', () => {
    const folders = [
      { repository: '/code/ferry', path: 'src' },
      { repository: '/code/harbour', path: 'src' },
    ];
    const { choices } = scopeChoices({ ...base, typed: '', repositories: two, folders });
    assert.deepEqual(
      choices.map(({ label }) => label),
      ['whole repository', 'ferry', 'harbour', 'ferry/src', 'harbour/src'],
    );
    const typed = scopeChoices({ ...base, typed: 'harb', repositories: two, folders: [] });
    assert.deepEqual(typed.active?.parts, [{ repository: '/code/harbour', glob: null, label: 'harbour' }]);
    assert.equal(
      scopeChoices({ ...base, typed: '*.md', repositories: two, folders: [] }).active?.parts.length,
      2,
      'a glob is meant in each',
    );
  });
});
