import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Nodes } from 'mdast';
import { contentWords } from '../../../src/answers/code/words.ts';
import { createAttribution } from '../../../src/answers/truth/attribution.ts';
import { createCheckedStream } from '../../../src/answers/truth/checked-stream.ts';
import { createWording } from '../../../src/answers/truth/wording.ts';
import { read } from '../../../src/markdown/read.ts';
import { hostile } from '../../support/hostile-text.ts';
import { harmless, readAsGitHub, readAsPreview } from '../../support/markdown-reading.ts';
import { createSupportChecker } from '../../../src/answers/truth/support.ts';

const checker = createSupportChecker([{ path: 'a.py', text: 'def known_name(): return items[0]' }]);

function through(
  pieces: readonly string[],
  numbers = [1, 2, 3],
): ReturnType<typeof createCheckedStream> & { readonly shown: string } {
  const stream = createCheckedStream(checker, new Set(numbers));
  const shown = pieces.map((piece) => stream.push(piece)).join('') + stream.end();
  return Object.assign(stream, { shown });
}

describe('the checked stream', () => {
  it('shows the same text however it is cut into pieces', () => {
    const text = 'It calls `known_name` [1]. Then `other_name` fails [2]!\n\nLast. Version 1.5 e.g. this';
    const whole = through([text]).shown;
    assert.equal(through(Array.from(text)).shown, whole);
    assert.equal(through(text.split(/(?<= )/)).shown, whole);
    assert.match(whole, /`other_name` fails \[2\]! \[not supported by the sources\]\n\nLast\./);
  });

  it('has offsets into what was shown', () => {
    const stream = through(['It is bad_one. ', 'And `bad_two` too.']);
    assert.deepEqual(
      stream.unsupported.map(({ start, end }) => stream.text.slice(start, end)),
      ['bad_one', 'bad_two'],
    );
    assert.equal(stream.text, stream.shown);
  });

  it('takes lists and ranges of citations apart and drops those that do not exist', () => {
    const stream = through(['See [1, 3], [2-3], [7] and 【2】.']);
    assert.equal(stream.shown, 'See [1][3], [2][3], and [2].');
    assert.deepEqual(stream.cited, [1, 3, 2]);
  });

  it('leaves brackets in code alone', () => {
    assert.equal(through(['It reads `items[0]` first.']).shown, 'It reads `items[0]` first.');
  });

  it('holds a code fence until it is whole', () => {
    const stream = createCheckedStream(checker, new Set([1]));
    assert.equal(stream.push('```python\ndef known_name(): '), '');
    assert.equal(stream.push('return items[0]\n```\nDone.'), '```python\ndef known_name(): return items[0]\n```\n');
    assert.equal(stream.end(), 'Done.');
  });

  it('takes a run of backticks for no fence when another backtick follows in its line', () => {
    const shown = through(['``` `\n\n`\n\na@evil.example```![x](http://evil.example/p.png)']).shown;
    for (const reader of [readAsGitHub, readAsPreview]) harmless(reader(shown));
    const tildes = through(['~~~ `a`\ndef known_name(): return items[0]\n~~~\nDone.']).shown;
    assert.equal(tildes, '```\ndef known_name(): return items[0]\n```\nDone.');
  });

  it('shows a sentence that comes again, in other words too, once, and counts how often in a row it came', () => {
    const same = through(Array<string>(5).fill('The very same long sentence comes here again. '));
    assert.equal(same.shown.trim(), 'The very same long sentence comes here again.');
    assert.equal(same.repeats, 4);
    const again = through([
      'It keeps each opened entry in a table of its own. ',
      'So it keeps each opened entry in a table of its own. ',
      'Then it ends.',
    ]);
    assert.equal(again.shown, 'It keeps each opened entry in a table of its own. Then it ends.');
    assert.equal(again.repeats, 0);
  });

  it('leaves brackets that the sources have alone, outside of code too', () => {
    const stream = through(['It reads items[0], cites [1] and fits handler[1].'], [0, 1]);
    assert.equal(stream.shown, 'It reads items\\[0], cites [1] and fits handler[1].');
    assert.deepEqual(stream.cited, [1]);
  });

  it('never makes a citation in code, whatever its fence', () => {
    const code = '~~~python\nx = known_name()[1]\n~~~\nDone [1].';
    const stream = through([code]);
    assert.deepEqual(stream.cited, [1]);
    assert.match(stream.shown, /known_name\(\)\[1\]/);
    assert.deepEqual(readAsGitHub(stream.shown).fences, ['x = known_name()[1]']);
  });

  it('shows no link, picture or HTML, however the decoder writes it and wherever it pauses', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (a, b, c) => {
        for (const reader of [readAsGitHub, readAsPreview])
          for (const between of ['', '. ', '\n', '\n\n']) harmless(reader(through([a, between, b, between, c]).shown));
      }),
      { numRuns: 2000 },
    );
  });

  const always = { attribute: () => ({ number: 1, isForeign: false }) };
  const attributed = (pieces: readonly string[], options = {}): ReturnType<typeof createCheckedStream> => {
    const stream = createCheckedStream(checker, new Set([1, 2]), { ...always, ...options });
    for (const piece of pieces) stream.push(piece);
    stream.end();
    return stream;
  };

  it('gives a sentence without a citation the one of its source, before its full stop', () => {
    const stream = attributed([
      'It opens `known_name` twice. Each item is read [2]. Here is how:\n\n- it reads every item\n',
    ]);
    assert.equal(
      stream.text,
      'It opens `known_name` twice [1]. Each item is read [2]. Here is how:\n\n- it reads every item [1]\n',
    );
    assert.deepEqual(stream.cited, [1, 2]);
  });

  it('puts no citation into code, an address or a heading, however the Markdown is made', () => {
    const signs = fc.constantFrom(
      ...[
        '`',
        '``',
        '```',
        '```\n',
        '~~~\n',
        '\n```py\n',
        '\n    ',
        '\n\n    ',
        '\t',
        '\n\n',
        '\n',
        ' ',
        '. ',
        '.',
        '! ',
      ],
      ...[
        '[it](',
        ')',
        '](',
        '[',
        ']',
        '<http://a.example/',
        '>',
        'http://a.example/x.',
        '# ',
        '\n## ',
        '> ',
        '- ',
        '1. ',
      ],
      ...['| a | b |\n|---|---|\n| ', ' |', '\\', '<!--', '-->', '<b>', '$', '*', '_', '~', '\n---\n', '\n===\n'],
      ...['it reads the items', 'known_name', 'items[0]', 'a whole sentence of words here.', '`x`', '``a ` b``'],
    );
    fc.assert(
      fc.property(fc.array(signs, { minLength: 1, maxLength: 24 }), fc.nat(6), (parts, cut) => {
        const whole = parts.join('');
        const pieces = cut === 0 ? [whole] : (whole.match(new RegExp(`[^]{1,${cut}}`, 'g')) ?? []);
        const { text } = attributed(pieces);
        for (const reading of [readAsGitHub(text), readAsPreview(text)])
          for (const code of [...reading.codes, ...reading.fences, ...reading.links])
            assert.ok(!code.includes('[1]'), `${JSON.stringify(code)} in ${JSON.stringify(text)}`);
      }),
      { numRuns: 3000 },
    );
  });

  it('leaves out, where that is wanted, what does not hold', () => {
    const stream = attributed(['It calls `known_name` here. Then it calls `bad_one` there. It ends.'], {
      unsupported: 'drop',
    });
    assert.equal(stream.text, 'It calls `known_name` here [1]. It ends.');
    assert.deepEqual(stream.unsupported, []);
  });

  it('never shows a citation of a source that there is not, in a thousand answers', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'It reads the items',
        ' of `known_name`',
        '. ',
        ', ',
        ' and ',
        '\n\n',
        '\n- ',
        '!',
        ' 【',
        '】',
        '[',
        ']',
        '1',
      ),
      fc.nat(40).map((n) => `[${n}]`),
      fc.tuple(fc.nat(12), fc.nat(12)).map(([a, b]) => `[${a}-${b}]`),
      fc.array(fc.nat(12), { maxLength: 3 }).map((all) => ` [${all.join(', ')}]`),
      fc.nat(9).map((n) => `\\[${n}\\]`),
    );
    const cited = (node: Nodes): number[] =>
      node.type === 'citation' ? [node.number] : 'children' in node ? node.children.flatMap(cited) : [];
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 20 }), (parts) => {
        const stream = through([parts.join('')], [1, 2, 3]);
        const shown = cited(read(stream.text));
        assert.deepEqual(
          shown.filter((number) => ![1, 2, 3].includes(number)),
          [],
          JSON.stringify(stream.text),
        );
        assert.deepEqual(
          stream.cited.filter((number) => ![1, 2, 3].includes(number)),
          [],
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('does not end a sentence at an abbreviation', () => {
    const stream = through(['It reads `other_name` (e.g. a pool) now. It ends, i.e. it stops.']);
    assert.equal(
      stream.shown,
      'It reads `other_name` (e.g. a pool) now. [not supported by the sources] It ends, i.e. it stops.',
    );
  });

  it('shows no sentence that was cut', () => {
    const stream = createCheckedStream(checker, new Set([1]));
    assert.equal(stream.push('It calls `known_name` first. Then it goes on to'), 'It calls `known_name` first. ');
    assert.equal(stream.end(true), '');
  });

  it('lets a sentence be written again before it is marked', () => {
    let tries = 0;
    const stream = createCheckedStream(checker, new Set([1]), { mayRewrite: () => (tries += 1) === 1 });
    const shown = stream.push('It calls `known_name` first. It calls `bad_one` then. More');
    assert.equal(shown, 'It calls `known_name` first. ');
    assert.deepEqual(stream.refused, { names: ['bad_one'] });
    assert.equal(stream.accepted, 'It calls `known_name` first. ');
    stream.resume();
    assert.equal(
      stream.push('It calls `bad_two` then. More'),
      'It calls `bad_two` then. [not supported by the sources] ',
    );
  });

  const pool = {
    number: 1,
    path: 'pool.py',
    symbol: 'Pool.take',
    text: '# Waits until a connection is free, and raises PoolTimeout after ten seconds.\ndef take(self):\n    self.lock.acquire()\n    return self.free.pop()',
  };
  const held = createWording([pool], contentWords('What happens when no connection is free?'));

  it('marks what was neither said by the lines nor known of the code, and calls only the rest verified', () => {
    const stream = createCheckedStream(createSupportChecker([pool]), new Set([1, 2]), { wording: held });
    const says =
      'It waits until one is free, and raises `PoolTimeout` after ten seconds [1]. This makes the whole program faster and more robust [2].\n\n' +
      '## Notes\n\nThe sources do not show more.';
    assert.equal(
      stream.push(says) + stream.end(),
      'It waits until one is free, and raises `PoolTimeout` after ten seconds [1]. This makes the whole program faster and more robust [2]. [?]\n\n' +
        '## Notes\n\nThe sources do not show more.',
    );
    assert.deepEqual([stream.cited, stream.verified, stream.unchecked], [[1, 2], [1], 1]);
  });

  it('puts no citation into a quotation', () => {
    const stream = createCheckedStream(createSupportChecker([pool]), new Set([1]), {
      attribute: createAttribution([pool]),
    });
    const shown = stream.push('`take` says "raises PoolTimeout after ten seconds."') + stream.end();
    assert.match(shown, /"raises PoolTimeout after ten seconds\." \[1\]$/);
  });

  it('does not take lines for said that have not all names of the sentence', () => {
    assert.equal(held('It raises `PoolTimeout` after ten seconds of waiting.'), 1);
    assert.equal(held('It raises `PoolTimeout` after ten seconds, `AbortError` aside.'), null);
  });

  it('gives a sentence that cites nothing the source whose lines say it', () => {
    const other = { number: 2, path: 'other.py', text: 'pool = Pool(free=[], connection=None)  # seconds of waiting' };
    const sources = [other, pool];
    const stream = createCheckedStream(createSupportChecker(sources), new Set([1, 2]), {
      attribute: createAttribution(sources),
      wording: createWording(sources, []),
    });
    assert.match(
      stream.push('Take waits until a connection is free, and raises after ten seconds.') + stream.end(),
      /\[1\]\.$/,
    );
  });

  it('marks no line of a source that is said as it is there', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.constantFrom(...'alpha beta gamma delta epsilon zeta kappa sigma'.split(' ')), {
            minLength: 4,
            maxLength: 9,
          }),
          {
            minLength: 1,
            maxLength: 30,
          },
        ),
        fc.nat(),
        (lines, pick) => {
          const text = lines.map((words) => words.join(' ')).join('\n');
          const wording = createWording([{ number: 3, path: 'a.py', text }], []);
          const line = lines[pick % lines.length] ?? [];
          const expected = new Set(line).size >= 2 ? 3 : null;
          assert.equal(wording(`${line.join(' ')}.`), expected);
        },
      ),
    );
  });
});
