/** A turn built from the engine's events and its answer. */
import { english } from '../../../src/base/speaker.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyEvent, failTurn, finish, firstSentence, newTurn } from '../../../src/extension/conversation/turn.ts';
import { answerEvents, prose, scriptedAnswer } from '../../support/scripted-answers.ts';

const turn = newTurn('t', 'How?');

describe('a turn', () => {
  it('shows evidence, phase and citations as they come', () => {
    let now = turn;
    const phases: string[] = [];
    for (const event of answerEvents(scriptedAnswer('How?'))) {
      if (event.type === 'token') continue;
      now = applyEvent(now, event, english);
      if (phases.at(-1) !== now.phase) phases.push(now.phase);
    }
    assert.deepEqual(phases, ['searching', 'reading', 'writing']);
    assert.equal(now.sources.length, 4);
    assert.equal(now.citations.length, 3);
  });

  it('a source that comes twice stays one card', () => {
    const [source] = scriptedAnswer('How?').sources;
    assert.ok(source);
    const once = applyEvent(turn, { type: 'source', source }, english);
    assert.equal(applyEvent(once, { type: 'source', source }, english).sources.length, 1);
  });

  it('prose is shown as the answer has it, a quoting decoder as it was streamed', () => {
    assert.equal(finish({ ...turn, text: 'streamed' }, scriptedAnswer('How?'), english).text, prose);
    const quoted = finish(
      { ...turn, text: 'streamed' },
      scriptedAnswer('How?', { form: 'quote', answer: 'evidence and streamed' }),
      english,
    );
    assert.equal(quoted.text, 'streamed');
    assert.equal(quoted.fullAnswer, 'evidence and streamed');
  });

  it('a computed list is shown as the answer has it, also one without items', () => {
    const list = finish(turn, scriptedAnswer('Who calls add?', { form: 'list', answer: 'Two calls: …' }), english);
    assert.equal(list.text, 'Two calls: …');
    assert.ok(list.sources.length > 0);
    const none = finish(
      turn,
      scriptedAnswer('Who calls add?', { form: 'list', answer: 'No call.', citations: [], sources: [] }),
      english,
    );
    assert.deepEqual([none.text, none.candidates], ['No call.', []]);
  });

  it('sources that nothing cites are what comes nearest, not evidence', () => {
    const { sources, candidates } = finish(
      turn,
      scriptedAnswer('How?', { form: 'evidence', answer: 'Nothing fits.', citations: [] }),
      english,
    );
    assert.deepEqual(sources, []);
    assert.deepEqual(candidates[0], { label: 'Router.add', repository: null, path: 'src/router.js', line: 9 });
  });

  it('a continued answer that is stopped early keeps what stood there', () => {
    const stopped = scriptedAnswer('How?', { answer: prose.slice(0, 10), stopped: true });
    assert.equal(finish({ ...turn, text: prose.slice(0, 60) }, stopped, english).text, prose.slice(0, 60));
  });

  it('a crash is told apart from an error', () => {
    assert.equal(failTurn(turn, { code: 'LS7001', values: [''] }, english).interrupted, true);
    assert.equal(failTurn(turn, { code: 'LS2001', values: [''] }, english).interrupted, false);
  });
});

describe('firstSentence', () => {
  const cases: [string, string | null][] = [
    ['', null],
    ['One. Two.', 'One.'],
    ['Over\n  two lines, e.g. here. More.', 'Over two lines, e.g.'],
    ['No end\n\nSecond paragraph.', 'No end'],
    ['See file.ts for more. End', 'See file.ts for more.'],
  ];
  for (const [documentation, expected] of cases)
    it(JSON.stringify(documentation), () => {
      assert.equal(firstSentence(documentation), expected);
    });
});
