/** The scorer of the benchmark of answers: what counts as a fact told, an item of a list, and a refusal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import path from 'node:path';
import { holds, normalText, ownWords, saysAbsent } from '../../bench/answers/facts.ts';
import { type QuestionRow, readRows } from '../../bench/answers/rows.ts';
import { scoreAnswer } from '../../bench/answers/score.ts';

const row: QuestionRow = {
  ...{ id: 'one', repo: 'chi', commit: '0', kind: 'how', question: 'How?', distractors: [], list: [] },
  nuggets: [
    { id: 'n1', any: ['sync.Pool'], weight: 1 },
    { id: 'n2', any: [String.raw`re:\breset(s|ting)?\b`], weight: 3 },
  ],
  wrong: [String.raw`re:\bmutex\b`],
  gold: [{ path: 'mux.go', start_line: 52, end_line: 58 }],
};

describe('the scorer of answers', () => {
  it('takes a spelling as whole words, whatever the marks and blanks around it', () => {
    assert.ok(holds(normalText('It is kept in `sync.Pool`.'), ['sync.Pool']));
    assert.ok(holds(normalText('the **routing\n   context**'), ['routing context']));
    assert.ok(!holds('a sync.Pooled', ['sync.Pool']));
    assert.ok(!holds('a syncXPool', ['sync.Pool']));
  });

  it('weighs facts, and tells those of its own words from those of quoted code', () => {
    const answer = 'It takes a context and resets it.\n\n```go\nrctx := mx.pool.Get() // sync.Pool\n```\n\n> a mutex';
    const figures = scoreAnswer(row, { id: 'one', answer });
    assert.equal(figures.nuggets, 1);
    assert.equal(figures.ownNuggets, 0.75);
    assert.equal(figures.wrong, 0);
    assert.equal(scoreAnswer(row, { id: 'one', answer: 'A mutex guards it.' }).wrong, 1);
  });

  it('counts a place as read when a source that was used overlaps it by a line', () => {
    const at = (startLine: number, used: boolean): number | null =>
      scoreAnswer(row, {
        id: 'one',
        answer: '',
        sources: [{ path: 'mux.go', startLine, endLine: startLine + 9, used }],
      }).gold;
    assert.equal(at(58, true), 1);
    assert.equal(at(59, true), 0);
    assert.equal(at(58, false), 0);
  });

  it('gives a list precision and recall', () => {
    const list: QuestionRow = {
      ...row,
      ...{ kind: 'list', nuggets: [], list: [['A1'], ['B2', 'Bee'], ['C3']], candidate: String.raw`\b[A-Z]\d\b` },
    };
    const figures = scoreAnswer(list, { id: 'one', answer: 'A1, Bee, X9 and Z8.' });
    assert.equal(figures.recall, 2 / 3);
    assert.equal(figures.precision, 0.5);
  });

  it('hears a refusal in the answer’s own words alone', () => {
    assert.ok(saysAbsent('The sources do not show a circuit breaker.', 'trpc'));
    assert.ok(saysAbsent('I could not find this in the sources.', 'trpc'));
    assert.ok(saysAbsent('`trpc` has no gRPC transport.', 'trpc'));
    assert.ok(!saysAbsent('It returns `null` when no route is found.', 'chi'));
    assert.ok(!saysAbsent('See this:\n\n> the package does not support HTTP/2\n\nIt answers 404.', 'chi'));
    assert.equal(ownWords('a\n~~~\nb\n~~~\nc').replaceAll(/\s+/g, ''), 'ac');
  });

  it('reads the rows about absent things, each with its counterpart about things that are there', () => {
    const rows = readRows(path.join(import.meta.dirname, '../../bench/answers/absence.jsonl'));
    const absent = rows.filter(({ kind }) => kind === 'absent');
    assert.ok(absent.length >= 20 && rows.length - absent.length >= 20);
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
    for (const one of absent)
      assert.ok(one.nowhere !== undefined && new RegExp(one.nowhere, 'i').test(one.question), one.id);
  });
});
