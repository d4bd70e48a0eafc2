import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { english } from '../../../src/base/speaker.ts';
import { answersOver } from '../../support/answers-over.ts';
import { gitFolder } from '../../support/git-folder.ts';
import { type IndexedFolder, indexFiles } from '../../support/indexed-folder.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const never = new AbortController().signal;
const question = 'Why does moor wait for the tide?';
const before = 'def moor(ship):\n    """Ties a ship to its berth."""\n    tie(ship)\n    return ship\n';
const now = before.replace('    tie(ship)\n', '    wait_for_tide(ship)\n    tie(ship)\n');
const message = 'Wait for the tide\n\nShips with a deep keel ran aground at low water.';

async function harbor(t: Parameters<typeof indexFiles>[0]): Promise<{ folder: IndexedFolder; id: string }> {
  const folder = await indexFiles(t, 'harbor', { 'berth.py': before, 'README.md': '# Harbor\n' });
  const { commit } = gitFolder(folder.root);
  commit({}, 'Add berths', '2019-03-04');
  const id = commit({ 'berth.py': now }, message, '2019-05-06');
  await folder.refresh();
  return { folder, id };
}

describe('commits as sources', () => {
  it('are cited for why, with what they changed and what they say', async (t) => {
    const { folder, id } = await harbor(t);
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.ask({ question }, onEvent, never);
    const source = answer.sources.find(({ commit }) => commit?.id === id);
    assert.equal(source?.path, 'berth.py');
    assert.deepEqual([source.startLine, source.endLine], [3, 3]);
    assert.match(source.text, /ran aground at low water/);
    const citation = answer.citations.find(({ commit }) => commit?.id === id);
    assert.equal(citation?.status, 'verified');
    assert.match(answer.answer, /2019-05-06[^]*ran aground/);
  });

  it('are left out where it is not asked why', async (t) => {
    const { folder } = await harbor(t);
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.ask({ question: 'Where does moor wait for the tide?' }, onEvent, never);
    assert.ok(answer.sources.every(({ commit }) => commit === undefined));
  });

  it('are read by a decoder as commits, and a sentence that says what one says rests on it', async (t) => {
    const { folder, id } = await harbor(t);
    const decoder = scriptedDecoder({
      says: 'Ships with a deep keel ran aground at low water, so `moor` waits for the tide.',
    });
    const { answers, onEvent } = answersOver(folder, { with: decoder, prose: true });
    const answer = await answers.ask({ question }, onEvent, never);
    const prompt = decoder.requests
      .flatMap(({ messages }) => (messages ?? []).map(({ content }) => content))
      .join('\n');
    assert.match(prompt, new RegExp(`commit ${id.slice(0, 10)} of 2019-05-06, the last to change berth.py, lines 3-3`));
    const citation = answer.citations.find(({ commit }) => commit?.id === id);
    assert.ok(answer.written?.includes(`[${citation?.number ?? 0}]`), answer.written);
    assert.equal(citation?.status, 'verified');
    assert.doesNotMatch(answer.written ?? '', /\[\?\]/);
  });

  it('stay away when the user drops them', async (t) => {
    const { folder, id } = await harbor(t);
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.ask({ question, dropped: [`commit:${id}:berth.py`] }, onEvent, never);
    assert.ok(answer.citations.every(({ commit }) => commit?.id !== id));
  });

  it('are missed aloud where there is no Git', async (t) => {
    const folder = await indexFiles(t, 'plain', { 'berth.py': now });
    const { answers, onEvent } = answersOver(folder);
    const answer = await answers.ask({ question }, onEvent, never);
    assert.match(english.words(answer.notice ?? ''), /no Git history/);
    const where = await answers.ask({ question: 'Where does moor wait for the tide?' }, onEvent, never);
    assert.doesNotMatch(english.words(where.notice ?? ''), /Git/);
  });

  it('make no kept explanation stale when only they change', async (t) => {
    const { folder } = await harbor(t);
    const decoder = scriptedDecoder({ says: '`moor` ties a ship.' });
    const { answers, onEvent } = answersOver(folder, { with: decoder, prose: true });
    const place = { path: 'berth.py', startLine: 1, endLine: 1 };
    await answers.explain(place, onEvent, never);
    gitFolder(folder.root).git(
      'commit',
      '-q',
      '--amend',
      '-m',
      'Wait for the tide, by night too\n\nShips ran aground.',
    );
    await folder.refresh();
    const again = await answers.explain(place, onEvent, never);
    assert.equal(again.kept?.stale, null);
    assert.match(again.answer, /Changed last by/);
    assert.ok(again.citations.some(({ commit }) => commit?.subject === 'Wait for the tide, by night too'));
    const prompt = decoder.requests
      .flatMap(({ messages }) => (messages ?? []).map(({ content }) => content))
      .join('\n');
    assert.doesNotMatch(prompt, /ran aground/);
  });

  it('stand under an explanation', async (t) => {
    const { folder, id } = await harbor(t);
    const { answers, onEvent } = answersOver(folder);
    const explained = await answers.explain({ path: 'berth.py', startLine: 1, endLine: 1 }, onEvent, never);
    assert.match(
      explained.answer,
      new RegExp(`Changed last by[^]*Wait for the tide[^]*${id.slice(0, 10)}[^]*2019-05-06`),
    );
  });
});
