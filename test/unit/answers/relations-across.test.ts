/** Sentences over several repositories are held against the one whose names they say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkStatement } from '../../../src/answers/truth/check-statement.ts';
import { createRelationsAcross } from '../../../src/answers/truth/relations/across.ts';
import { indexFiles } from '../../support/indexed-folder.ts';

const one = `def send(x):
    return pack(x)


def pack(x):
    return x


def close(x):
    return x
`;
const other = `def receive(x):
    if x is None:
        raise ValueError(x)
    return unpack(x)


def unpack(x):
    return x


def close(x):
    return unpack(x)
`;

test('what one repository shows to be wrong is contradicted; what both define is not unless both deny it', async (t) => {
  const first = await indexFiles(t, 'across-one', { 'one.py': one });
  const second = await indexFiles(t, 'across-two', { 'two.py': other });
  const relations = createRelationsAcross([
    { reader: first.index.reader, sources: [{ path: 'one.py', startLine: 1, endLine: 10 }] },
    { reader: second.index.reader, sources: [{ path: 'two.py', startLine: 1, endLine: 12 }] },
  ]);
  const contradicted = (sentence: string): number => checkStatement(sentence, relations).contradicted.length;
  const supported = (sentence: string): number => checkStatement(sentence, relations).supported.length;
  assert.equal(contradicted('`send` calls `unpack`.'), 1);
  assert.equal(contradicted('`receive` raises `ValueError` if `x` is not None.'), 1);
  assert.equal(contradicted('`receive` does not call `unpack`.'), 1);
  assert.ok(supported('`send` calls `pack`, and `receive` calls `unpack`.') > 0);
  // Both have a `close`: one of them calls it.
  assert.equal(contradicted('`close` calls `unpack`.'), 0);
  assert.equal(contradicted('`close` does not call `unpack`.'), 0);
  assert.equal(contradicted('`close` calls `pack`.'), 1);
});
