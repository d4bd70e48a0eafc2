import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createContextCheck } from '../../../src/answers/truth/check-in-context.ts';
import { createCheckedStream } from '../../../src/answers/truth/checked-stream.ts';
import { createIndexRelations } from '../../../src/answers/truth/relations/index-relations.ts';
import { createAntecedents } from '../../../src/answers/truth/statements/antecedents.ts';
import { createSupportChecker } from '../../../src/answers/truth/support.ts';
import { createWording } from '../../../src/answers/truth/wording.ts';
import { indexFiles } from '../../support/indexed-folder.ts';

const code = `def weigh(ship):
    return ship.tons


def moor(ship):
    tons = weigh(ship)
    if tons > 10:
        raise ValueError("too heavy")
    tie(ship)
    return ship


def tie(ship):
    """Ropes are thrown to the pier."""
    ship.tied = True


def leave(ship):
    ship.tied = False
`;

/** The first reading of the last sentence after those before it. */
function readingOf(sentences: readonly string[], asked: readonly string[] = []): string | null {
  const antecedents = createAntecedents(asked);
  for (const sentence of sentences.slice(0, -1)) antecedents.remember(sentence);
  const reading = antecedents.read(sentences.at(-1) ?? '');
  return reading.kind === 'resolved' ? (reading.sentences[0] ?? null) : reading.kind;
}

describe('the antecedent of a pronoun', () => {
  it('is the subject of the sentence before', () => {
    assert.equal(
      readingOf(['`moor` uses `weigh`.', 'It then raises `ValueError`.']),
      '`moor` then raises `ValueError`.',
    );
    assert.equal(readingOf(['`moor` is short.', 'The function returns `ship`.']), '`moor` returns `ship`.');
    assert.equal(
      readingOf(['`moor` is short.', 'If `tons` is 11, it raises `ValueError`.']),
      'If `tons` is 11, `moor` raises `ValueError`.',
    );
  });

  it('stays the same while nothing else is spoken of', () => {
    const said = ['`moor` is short.', 'It calls `weigh`.', 'Finally, it calls `tie`.'];
    assert.equal(readingOf(said), 'Finally, `moor` calls `tie`.');
  });

  it('is what the question asks about where nothing was said', () => {
    assert.equal(readingOf(['It calls `tie`.'], ['moor']), '`moor` calls `tie`.');
    assert.equal(readingOf(['It calls `tie`.'], ['moor', 'leave']), 'open');
  });

  it('is not known of deeds, of several things, and after what names nothing', () => {
    assert.equal(readingOf(['`moor` is short.', 'This is done by tying.']), 'open');
    assert.equal(readingOf(['`moor` is short.', 'These are stored in `ship`.']), 'open');
    assert.equal(readingOf(['`moor` is short.', 'All is well here.', 'It calls `tie`.']), 'open');
  });

  it('is not looked for where a sentence names its subject', () => {
    assert.equal(readingOf(['`moor` is short.', '`leave` sets `tied`.']), 'own');
    assert.equal(readingOf(['`moor` is short.', 'It is important that `tie` comes last.']), 'own');
  });

  it('leaves all else of the sentence as it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (rest) => {
        const reading = readingOf(['`moor` is short.', `It calls ${rest}`]);
        assert.equal(reading, `\`moor\` calls ${rest}`);
      }),
    );
  });
});

describe('sentences in a row', () => {
  it('are checked as the relations they state', async (t) => {
    const { index } = await indexFiles(t, 'harbor', { 'harbor.py': code });
    const relations = createIndexRelations(index.reader, [{ path: 'harbor.py', startLine: 1, endLine: 19 }]);
    const last = (sentences: readonly string[], asked: readonly string[] = []): string => {
      const context = createContextCheck(relations, asked);
      for (const sentence of sentences.slice(0, -1)) context.remember(sentence);
      const { supported, contradicted } = context.check(sentences.at(-1) ?? '');
      return contradicted.length > 0 ? 'wrong' : supported.length > 0 ? 'right' : 'unknown';
    };
    assert.equal(last(['`moor` ties a ship.', 'It calls `weigh` first.']), 'right');
    assert.equal(last(['`tie` is short.', 'It calls `weigh` first.']), 'wrong');
    assert.equal(last(['`tie` is short.', 'The function raises `ValueError`.']), 'wrong');
    assert.equal(last(['It raises `ValueError`.'], ['moor']), 'right');
    // `weigh` is spoken of too, and what may be meant is not denied.
    assert.equal(last(['The ship is given by `leave` to `moor`.', 'It calls `tie`.']), 'unknown');
  });

  it('are marked where they only share words with lines about something else', () => {
    const sources = [{ number: 1, path: 'harbor.py', text: code }];
    const write = (text: string): string => {
      const stream = createCheckedStream(createSupportChecker(sources), new Set([1]), {
        wording: createWording(sources, []),
      });
      return stream.push(text) + stream.end();
    };
    assert.match(write('`tie` is about ropes. It says ropes are thrown to the pier.'), /pier\.$/);
    assert.match(
      write('Cranes lift containers overnight. This is done by ropes thrown to the pier.'),
      /pier\. \[\?\]$/,
    );
  });
});
