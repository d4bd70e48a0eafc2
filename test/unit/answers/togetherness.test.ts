import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { english } from '../../../src/base/speaker.ts';
import { absenceOf } from '../../../src/answers/truth/absence/absence.ts';
import { answersOver } from '../../support/answers-over.ts';
import { type IndexedFolder, indexFiles } from '../../support/indexed-folder.ts';

const never = new AbortController().signal;

/** A harbor of so many files, each about something else; ships are moored in one, and cranes painted in another. */
function harbor(t: Parameters<typeof indexFiles>[0]): Promise<IndexedFolder> {
  const things =
    'anchor buoy chain dock engine flag gate hull iron jetty keel lamp mast net oar pier quay rope sail tide'.split(
      ' ',
    );
  const files: Record<string, string> = {};
  for (const thing of things)
    for (const verb of ['count', 'lift', 'clean', 'sell'])
      files[`${thing}_${verb}.py`] = `def ${verb}_${thing}(${thing}):\n    return ${thing}.${verb}()\n`;
  files['berth.py'] = 'def moor_vessel(vessel):\n    """Ties a vessel to its berth at night."""\n    vessel.tie()\n';
  files['yard.py'] =
    'def paint_crane(crane):\n    """Paints a crane in the color of the harbor."""\n    crane.paint()\n';
  return indexFiles(t, 'harbor', files);
}

describe('what is asked for together', () => {
  it('is absent where its words are only in places apart, and the answer says which', async (t) => {
    const folder = await harbor(t);
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.ask(
      { question: 'How does a vessel bring rope, tide, flag, gate and lamp to the crane?' },
      onEvent,
      never,
    );
    assert.deepEqual(answer.citations, []);
    assert.match(answer.answer, /No place has what is asked for together: the best lacks .*`(?:rope|tide|flag)`/);
    assert.match(answer.answer, /Nearest/);
    assert.ok(
      answer.sources.every(({ reason }) =>
        /nearest; what the question asks for was not found/.test(english.words(reason)),
      ),
    );
  });

  it('is there where one place has it, in whatever order, and where code is named', async (t) => {
    const { index, search, root } = await harbor(t);
    const verdictOf = async (question: string): Promise<string> =>
      (await absenceOf(question, [{ reader: index.reader, search, repositoryRoot: root }], never)).verdict;
    assert.equal(await verdictOf('How is a vessel tied to its berth at night?'), 'none');
    assert.equal(await verdictOf('At night, to which berth is the vessel tied?'), 'none');
    assert.equal(await verdictOf('How does moor_vessel paint the color of a crane?'), 'none');
  });

  it('is not asked of a few pieces of code', async (t) => {
    const { index, search } = await indexFiles(t, 'few', {
      'berth.py': 'def moor_vessel(vessel):\n    vessel.tie()\n',
      'yard.py': 'def paint_crane(crane):\n    crane.paint()\n',
    });
    const { verdict } = await absenceOf(
      'How is a vessel painted by its crane?',
      [{ reader: index.reader, search }],
      never,
    );
    assert.equal(verdict, 'none');
  });

  it('is found by search: no piece holds more than what it says, and the best comes first', async (t) => {
    const { index, search } = await harbor(t);
    const stems = ['vessel', 'berth', 'crane', 'paint', 'night', 'color', 'rope', 'clean', 'nowher'];
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...stems), { minLength: 1 }), async (asked) => {
        const { best, weights } = await search.coverage(asked, never);
        const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
        let before = 1;
        for (const { path, at, held, share } of best) {
          const text = `${path} ${index.reader.chunksOf(path)[at]?.text ?? ''}`.toLowerCase();
          for (const stem of held) assert.ok(text.includes(stem), `${path}: ${stem}`);
          const sum = [...held].reduce((total, stem) => total + (weights.get(stem) ?? 0), 0);
          assert.ok(Math.abs(share - sum / all) < 1e-9);
          assert.ok(share <= before + 1e-9 && held.size > 0);
          before = share;
        }
      }),
      { numRuns: 30 },
    );
  });
});
