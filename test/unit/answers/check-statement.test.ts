/** What sentences claim of code is held against the code, over real indexes of four languages. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkStatement } from '../../../src/answers/truth/check-statement.ts';
import { createIndexRelations } from '../../../src/answers/truth/relations/index-relations.ts';
import { type IndexedFolder, indexFiles } from '../../support/indexed-folder.ts';

const files = {
  'store/errors.py': `class StoreError(IOError):
    """Anything that goes wrong in the store."""


class Locked(StoreError):
    """Somebody else holds the lock."""


class Expired(Locked, ValueError):
    """The lock was held too long."""
`,
  'store/store.py': `from .errors import Expired, Locked

LIMIT = 3


class Store:
    def __init__(self, limit=LIMIT, strict=False):
        self.limit = limit
        self.strict = strict
        self.entries = {}

    def open(self, name, owner=None):
        """Opens an entry and counts the attempt."""
        self._count(name)
        entry = self._find(name)
        if entry is None:
            entry = self._make(name)
        if entry.owner is not None and owner != entry.owner:
            raise Locked(name)
        entry.owner = owner
        self._notify("opened", entry)
        return entry

    def _count(self, name):
        attempts = self.entries.get(name, 0) + 1
        if attempts > self.limit:
            raise Expired(name)
        self.entries[name] = attempts

    def _find(self, name):
        return self.entries.get(name)

    def _make(self, name):
        return {"name": name}

    def is_strict(self):
        if self.strict:
            return True
        return False

    def same(self, one, other):
        if one.owner != other.owner:
            return False
        return True

    def _notify(self, event, entry):
        pass
`,
  'gate/gate.go': `package gate

type Gate struct{ open bool }

func (g *Gate) Enter(key string) error {
	defer g.leave(key)
	if key == "" {
		return errNoKey()
	}
	g.lock(key)
	g.count(key)
	return nil
}

func (g *Gate) leave(key string) { g.unlock(key) }
func (g *Gate) lock(key string)   { g.open = false }
func (g *Gate) unlock(key string) { g.open = true }
func (g *Gate) count(key string)  {}
func errNoKey() error             { return nil }
`,
  'web/load.ts': `import { parse } from './parse';
export interface Loader { load(text: string): string }
export class FileLoader implements Loader {
  load(text: string): string {
    const result = parse(trimmed(text));
    if (!result) return fallback();
    return finish(result);
  }
}
function trimmed(text: string): string { return text.trim(); }
function fallback(): string { return ''; }
function finish(text: string): string { return text; }
`,
  'web/limit.ts': `export function refuse(reply: Reply, wait: number): void {
  reply.open = false;
  reply.status(429);
  reply.header('retry-after', wait);
}
export function limited(reply: Reply): void {
  refuse(reply, 3);
}
`,
  'web/parse.ts': `export function parse(text: string): string {
  return text;
}
`,
};

describe('what a sentence claims of code', () => {
  let folder: IndexedFolder;
  const cleanups: (() => Promise<void>)[] = [];
  before(async () => {
    folder = await indexFiles({ after: (cleanup) => cleanups.push(cleanup) }, 'claims', files);
  });
  after(async () => {
    for (const cleanup of cleanups) await cleanup();
  });
  const contradicted = (sentence: string): string[] => {
    const sources = Object.entries(files).map(([path, text]) => ({
      path,
      startLine: 1,
      endLine: text.split('\n').length,
    }));
    const relations = createIndexRelations(folder.index.reader, sources);
    return checkStatement(sentence, relations).contradicted.map(({ kind }) => kind);
  };
  const rows: readonly (readonly [string, string, string])[] = [
    ['uses', '`open` calls `_count` and `_find`.', '`open` calls `_count` and `is_strict`.'],
    ['uses', '`_make` is called by `open`.', '`_make` is called by `_count`.'],
    ['uses', '`open` does not call `is_strict`.', '`open` does not call `_count`.'],
    ['uses', '`Locked` is raised in `open`.', '`Locked` is raised in `_find`.'],
    [
      'uses',
      '`open` reaches `Expired` through `_count`, which `open` calls.',
      '`_count`, which `_make` calls, raises.',
    ],
    ['uses', 'The method `load` calls `parse`.', 'The method `parse` calls `load`.'],
    ['order', '`open` calls `_count` before `_find`.', '`open` calls `_find` before `_count`.'],
    [
      'order',
      'In `open`, `_find` is called first, then `_notify`.',
      'In `open`, `_notify` is called first, then `_find`.',
    ],
    ['order', '`load` calls `trimmed` before `parse`.', '`load` calls `finish` before `parse`.'],
    ['order', 'In `Enter`, `leave` runs after `count`.', 'In `Enter`, `lock` runs after `count`.'],
    ['condition', 'If `entry` is None, `_make` is called.', 'If `entry` is not None, `_make` is called.'],
    [
      'condition',
      'If `result` is empty, `fallback` is returned, otherwise `finish`.',
      'If `result` is set, `fallback` is returned.',
    ],
    ['condition', '`is_strict` returns `True` if `strict` is set.', '`is_strict` returns `False` if `strict` is true.'],
    [
      'comparison',
      '`Expired` is raised when `attempts` is greater than `limit`.',
      '`Expired` is raised when `attempts` is less than `limit`.',
    ],
    ['comparison', 'If the owners differ, `same` returns `False`.', 'If the owners differ, `same` returns `True`.'],
    ['condition', 'If `entry` is set, `_make` is not called.', 'If `entry` is None, `_make` is not called.'],
    ['condition', 'If the key is empty, `errNoKey` is called.', 'If the key is not empty, `errNoKey` is called.'],
    ['condition', '`Enter` returns early if the key is empty.', '`is_strict` returns `True` if it is not strict.'],
    [
      'comparison',
      'If `owner` equals `entry.owner`, `Locked` is not raised.',
      'If `owner` equals `entry.owner`, `Locked` is raised.',
    ],
    ['uses', '`_find` does not raise `Expired`.', '`_count` does not raise `Expired`.'],
    ['uses', '`is_strict` does not change `strict`.', '`open` never sets `owner`; it only reads.'],
    [
      'uses',
      'The `_count` method of the `Store` class is called by `open`.',
      '`_make` is called by the `_find` method of the `Store` class.',
    ],
    ['neverFails', '`is_strict` never raises an error.', '`_count` never raises an error.'],
    ['returns', '`open` returns `entry`.', '`Enter` returns `key`.'],
    ['status', '`refuse` answers with the status code 429.', '`refuse` answers with the status code 404.'],
    ['assigned', '`refuse` sets `open` to `false`.', '`refuse` sets `open` to `true`.'],
    [
      'uses',
      'The limit is in the `refuse` function, which is called by the `limited` function.',
      'The entry is made in the `_make` method of the `Store` class, which is called by the `_find` method of the `Store` class.',
    ],
    ['declared', '`FileLoader` is exported.', '`trimmed` is exported.'],
    ['declared', '`parse` is not async.', '`parse` is async.'],
    ['optional', '`owner` is an optional parameter of `open`.', '`name` is an optional parameter of `open`.'],
    ['base', '`Expired` is a subclass of both `Locked` and `ValueError`.', '`Locked` is a subclass of `Expired`.'],
    ['base', '`Expired` extends `Locked`, which is a kind of `StoreError`.', '`StoreError` derives from `Locked`.'],
    ['base', '`FileLoader` implements `Loader`.', '`Loader` implements `FileLoader`.'],
    ['place', '`Store` is defined in `store/store.py`.', '`Store` is defined in `store/errors.py`.'],
    [
      'default',
      '`__init__` takes a parameter `strict`, which is `False` by default.',
      '`__init__` takes a parameter `strict`, which is `True` by default.',
    ],
    ['value', '`LIMIT` is 3.', '`LIMIT` is 8.'],
    ['count', '`_notify` is called from one place.', '`_notify` is called from four places.'],
  ];
  for (const [kind, truth, planted] of rows)
    it(`${kind}: ${planted}`, () => {
      assert.deepEqual(contradicted(truth), [], truth);
      assert.ok(contradicted(planted).includes(kind), planted);
    });

  it('what cannot be known is not contradicted', () => {
    for (const sentence of [
      '`open` may be slow, because `sqlite3.connect` is.',
      'A caller waits until `_notify` has told everybody.',
      '`json.load` calls `parse`.',
      'When `owner` is given, the entry belongs to it.',
      '`limited` answers with a 404 status code if a proxy says so.',
      'With `strict` set to `False` nothing is checked.',
      '`open` does not call `_make` if there is an entry.',
      '`_notify` does not raise `Locked` itself, but may do so later.',
      '`Gate` counts how often it was entered, and `unlock` opens it again.',
    ])
      assert.deepEqual(contradicted(sentence), [], sentence);
  });
});
