/** Thoughts and answers told apart: every published spelling, cut anywhere, opened by the template or not, and texts about such tags. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SortedOutput } from '../../../../src/runtime/thoughts/sorted-output.ts';
import { type TurnStart, turnStart } from '../../../../src/runtime/thoughts/turn-start.ts';

const answer: TurnStart = { at: 'answer' };
const unknown: TurnStart = { at: 'unknown', likely: false };

interface Sorted {
  readonly text: string;
  readonly thoughts: string;
}

function through(start: TurnStart | null, pieces: readonly string[], isCut = false): Sorted {
  const sorted = new SortedOutput(start, () => undefined);
  const text = pieces.map((piece) => sorted.push(piece)).join('') + sorted.end(isCut);
  return { text, thoughts: sorted.thoughts };
}

/** Whole, character by character, and in two at every place: all must agree. */
function everyWay(start: TurnStart | null, text: string, isCut = false): Sorted {
  const whole = through(start, [text], isCut);
  assert.deepEqual(through(start, Array.from(text), isCut), whole, 'character by character');
  for (let at = 1; at < text.length; at += 1)
    assert.deepEqual(through(start, [text.slice(0, at), text.slice(at)], isCut), whole, `cut at ${String(at)}`);
  return whole;
}

const spelled: readonly (readonly [string, string])[] = [
  ['<think>\nwhy\n</think>\n\nRefunds [1].', 'think'],
  ['\n<think>why</think>Refunds [1].', 'think after a line'],
  ['[THINK]why[/THINK]Refunds [1].', 'Magistral'],
  ['<thinking>why</thinking>\n<output>Refunds [1].</output>\n', 'Reflection'],
  ['<reasoning>why</reasoning> Refunds [1].', 'reasoning'],
  ['<thought>\nwhy\n</thought>\n\nRefunds [1].', 'EXAONE'],
  ['<|begin_of_thought|>why<|end_of_thought|>\n\n<|begin_of_solution|>Refunds [1].<|end_of_solution|>', 'OpenThinker'],
  ['<seed:think>why</seed:think>Refunds [1].', 'Seed'],
  ['<|START_THINKING|>why<|END_THINKING|><|START_RESPONSE|>Refunds [1].<|END_RESPONSE|>', 'Command A'],
  ['◁think▷why◁/think▷Refunds [1].', 'Kimi-VL'],
  ['<|channel>thought\nwhy<channel|>Refunds [1].', 'Gemma 4'],
  [
    '<|channel|>analysis<|message|>why<|end|><|start|>assistant<|channel|>final<|message|>Refunds [1].<|return|>',
    'harmony',
  ],
  [
    '<|start|>assistant<|channel|>analysis<|message|>why<|end|><|start|>assistant<|channel|>final<|message|>Refunds [1].',
    'harmony with its header',
  ],
  ['analysisWhyassistantfinalRefunds [1].', 'harmony without control tokens'],
  ['Here is my thought process: why Here is my response: Refunds [1].', 'Granite 3.2'],
  ['<think>why</think><response>Refunds [1].</response>', 'Granite 3.3'],
  ['<think>\nwhy\n</think>\n<answer>\nRefunds [1].\n</answer>', 'Hunyuan'],
  ['Here are my reasoning steps:\nwhy\n[BEGIN FINAL RESPONSE]\nRefunds [1].\n[END FINAL RESPONSE]', 'Apriel'],
  ['<think></think><think>why</think>Refunds [1].', 'two thoughts'],
];

describe('a thought before the answer', () => {
  for (const [text, name] of spelled)
    it(`is kept apart as ${name} writes it, however it is cut`, () => {
      for (const start of [answer, unknown]) {
        const sorted = everyWay(start, text);
        assert.equal(sorted.text.trim(), 'Refunds [1].');
        assert.match(sorted.thoughts, /^why$/i);
      }
    });

  it('that the template opened ends at its closing tag, and is told while it lasts', () => {
    const start = turnStart('<|im_end|>\n<|im_start|>assistant\n<think>\n', undefined);
    assert.deepEqual(start, { at: 'thought', close: '</think>' });
    assert.deepEqual(everyWay(start, 'why\n</think>\n\nRefunds.'), { text: 'Refunds.', thoughts: 'why' });
    let told = '';
    const sorted = new SortedOutput(start, (text) => {
      told += text;
    });
    assert.equal(sorted.push('A long thought about refunds'), '');
    assert.match(told, /^A long thought/);
  });

  it('is not taken for one where the template opened and closed it', () => {
    for (const behind of ['<think>\n\n</think>\n\n', '<|channel>thought\n<channel|>', '<|im_start|>assistant\n'])
      assert.deepEqual(turnStart(behind, undefined), answer);
  });

  it('that never closes is no answer', () => {
    const open = turnStart('<think>\n', undefined);
    for (const isCut of [true, false]) {
      assert.deepEqual(everyWay(answer, '<think>why, why', isCut), { text: '', thoughts: 'why, why' });
      assert.deepEqual(everyWay(open, 'why, why', isCut), { text: '', thoughts: 'why, why' });
    }
  });

  it('may quote its own tags', () => {
    const text = '<think>The tag `</think>` ends it, and "</think>" too.</think>Yes.';
    assert.deepEqual(everyWay(answer, text), {
      text: 'Yes.',
      thoughts: 'The tag `</think>` ends it, and "</think>" too.',
    });
  });
});

describe('an answer whose prompt nobody here saw', () => {
  it('lost a thought that only a closing tag shows', () => {
    assert.deepEqual(everyWay(unknown, 'The user wants this.\n</think>\n\nRefunds.'), {
      text: 'Refunds.',
      thoughts: 'The user wants this.',
    });
    assert.deepEqual(everyWay(unknown, 'I look[/THINK]Refunds.'), { text: 'Refunds.', thoughts: 'I look' });
  });

  it('keeps tags that it quotes or opens itself', () => {
    for (const text of [
      'The filter looks for `</think>` and stops.',
      'It ends at "</think>".',
      '```ts\nconst closing =\n  </think>\n```\nThat is all.',
      'XML such as <reasoning>a</reasoning> stays.',
      'Plain.',
    ])
      assert.deepEqual(everyWay(unknown, text), { text, thoughts: '' });
  });

  it('that was cut is a thought when the model is known to begin in one', () => {
    assert.deepEqual(everyWay({ at: 'unknown', likely: true }, 'why', true), { text: '', thoughts: 'why' });
    assert.deepEqual(everyWay({ at: 'unknown', likely: true }, 'Refunds.'), { text: 'Refunds.', thoughts: '' });
    assert.deepEqual(everyWay(unknown, 'Refunds.', true), { text: 'Refunds.', thoughts: '' });
  });
});

describe('an answer without thoughts', () => {
  it('is as it was written', () => {
    for (const text of [
      '<thing>a',
      'a <think>b</think>',
      '`<think>` begins a thought.',
      '```\n<think>x</think>\n```',
      '  indented',
      '<th',
      'analysis of the data',
      'analysis',
      'Here is my',
      'An answer</answer>',
      '',
      '\n',
    ])
      assert.deepEqual(everyWay(answer, text), { text, thoughts: '' });
  });

  it('in words that are no thought after all is given back', () => {
    for (const text of ['Here is my thought process: first a, then b.', 'analysisOf(data) is a function.'])
      assert.deepEqual(everyWay(answer, text), { text, thoughts: '' });
  });

  it('is one that is held to sources or to a schema', () => {
    const text = '<think>quoted</think> line';
    for (const constraint of [
      { kind: 'quote', texts: [], maxLines: 1, maxQuotes: 1 },
      { kind: 'json-schema', schema: {} },
    ] as const) {
      const start = turnStart('<think>\n', constraint);
      assert.equal(start, null);
      assert.deepEqual(everyWay(start, text), { text, thoughts: '' });
    }
  });

  it('is one whose pattern does not provide for the end of the thought', () => {
    const start = turnStart('<think>\n', { kind: 'regex', pattern: 'yes|no' });
    assert.deepEqual(everyWay(start, 'yes'), { text: 'yes', thoughts: '' });
    assert.deepEqual(everyWay(start, 'Hm.</think>yes'), { text: 'yes', thoughts: 'Hm.' });
  });
});

describe('control tokens', () => {
  it('are matched as tags and never shown', () => {
    const sorted = new SortedOutput(answer, () => undefined);
    const text = [
      sorted.push('<|channel|>', true),
      sorted.push('analysis'),
      sorted.push('<|message|>', true),
      sorted.push('why'),
      sorted.push('<|end|>', true),
      sorted.push('<|start|>', true),
      sorted.push('assistant'),
      sorted.push('<|channel|>', true),
      sorted.push('final'),
      sorted.push('<|message|>', true),
      sorted.push('Refunds'),
      sorted.push('<|tool|>', true),
      sorted.push(' <think>.'),
      sorted.end(false),
    ].join('');
    assert.equal(text, 'Refunds <think>.');
    assert.match(sorted.thoughts, /^why/);
  });
});
