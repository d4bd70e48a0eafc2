/** Follow-up questions: which words refer back, what they mean over a real index, and that a long chat stays bounded and keeps its pins. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { understand } from '../../../src/answers/ask/follow-up/follow-up.ts';
import { referencesIn } from '../../../src/answers/ask/follow-up/references.ts';
import { locate } from '../../../src/answers/ask/follow-up/shown.ts';
import { namesIn } from '../../../src/answers/code/words.ts';
import type { Answer, Turn, TurnSource } from '../../../src/protocol/answers.ts';
import { sourcePlace, turnOf } from '../../../src/protocol/turn.ts';
import { answersOver } from '../../support/answers-over.ts';
import { type IndexedFolder, indexFiles } from '../../support/indexed-folder.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const never = new AbortController().signal;
const cache = `"""A cache."""


class Cache:
    """Keeps values for a while."""

    def __init__(self, seconds=60):
        self.seconds = seconds
        self.values = {}

    def get(self, key):
        """The value of a key."""
        return self.values[key]

    def expire(self, now):
        """Drops what is too old."""
        for key in list(self.values):
            del self.values[key]


class CacheError(Exception):
    """Something is wrong with the cache."""


def evict(cache, count):
    """Takes the oldest values out of a cache."""
    if count < 0:
        raise CacheError(count)
`;
const files = {
  'src/cache.py': cache,
  'src/server.py': '"""Serves."""\n\n\ndef listen(port):\n    """Waits for a connection."""\n    return port\n',
  'tests/test_cache.py': 'from src.cache import Cache, evict\n\n\ndef test_evict():\n    evict(Cache(), 1)\n',
};

let folder: IndexedFolder;
const cleanups: (() => Promise<void>)[] = [];
before(async () => {
  folder = await indexFiles({ after: (cleanup) => cleanups.push(cleanup) }, 'cache', files);
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

function place(symbol: string, file = 'src/cache.py'): TurnSource {
  const found = folder.index.reader.symbolsOf(file).find((one) => [...one.scope, one.name].join('.') === symbol);
  assert.ok(found, symbol);
  return { id: symbol, path: file, startLine: found.startLine, endLine: found.endLine, symbol };
}

function meant(question: string, history: readonly Turn[]): string[] {
  const from = { reader: folder.index.reader, repositoryRoot: folder.root, name: null };
  const { referents } = understand(question, history, [from]);
  return referents.filter(({ words }) => words !== '').map(({ symbol, path: file }) => symbol?.name ?? file);
}

const first = (question: string): string | null => {
  const [found] = referencesIn(question, namesIn(question));
  return found ? `${found.how}: ${question.slice(found.start, found.end)}` : null;
};

describe('words that refer back', () => {
  it('are found', () => {
    for (const [question, expected] of [
      ['What limits them?', 'subject: them'],
      ['How can I turn it off?', 'subject: it'],
      ['What does the third one do?', 'order: the third one'],
      ['Could you show the code of the former?', 'order: the former'],
      ['Does that class keep anything for each thread?', 'kind: that class'],
      ['Who calls that function?', 'kind: that function'],
      ['And in the tests?', 'rest: '],
      ['What about basic auth?', 'rest: '],
      ['Why?', 'rest: '],
      ["What's the default value?", 'subject: '],
      ['What are its parameters?', 'subject: its'],
      ['What happens when there are too many of them?', 'subject: them'],
      ['Is it possible to turn it off?', 'subject: it'],
      ['How can I switch that off?', 'subject: that'],
      ['What does [2] return?', 'number: [2]'],
      ['Does the function close the connection?', 'kind: the function'],
    ] as const)
      assert.equal(first(question), expected, question);
  });

  it('are not seen in a question that stands by itself', () => {
    for (const question of [
      'How is gzip compression of a response negotiated?',
      'And what does `findRoute` do?',
      'What happens if a dependency with yield swallows the exception raised by the endpoint?',
      'When Mount puts one router below another, how does the inner one come to match only the rest of the path?',
      'What does this repository do?',
      'Why are some words forbidden as the name of a procedure or a router?',
      'Where is it decided which HTTP status a batch of responses with mixed outcomes gets?',
      'Is there a limit on the number of redirects?',
      'How does the router match a path and what does it do with wildcards?',
      'How does Session keep its cookies?',
      'What is the first argument of `send`?',
      'Which function that parses headers is used for trailers?',
      'How does the module loader resolve a name?',
      'redirect limit',
    ])
      assert.equal(first(question), null, question);
  });
});

describe('what they mean', () => {
  const turn = (question: string, ...sources: TurnSource[]): Turn => ({ question, answer: 'So.', sources });

  it('a pronoun is what the last turn is about, an ordinal follows the order shown, a noun by its kind', () => {
    const history = [turn('How are old values dropped?', place('Cache.expire'), place('evict'), place('Cache'))];
    assert.deepEqual(meant('Who calls it?', history), ['expire']);
    assert.deepEqual(meant('What does the second one do?', history), ['evict']);
    assert.deepEqual(meant('And the last one?', history), ['Cache']);
    assert.deepEqual(meant('What does that class hold?', history), ['Cache']);
    assert.deepEqual(meant('What does the second function take?', history), ['evict']);
    assert.deepEqual(meant('What else is in that file?', history), ['expire']);
    assert.deepEqual(meant('How do the first two differ?', history), ['expire', 'evict']);
  });

  it('what the question before names comes before what was shown, and the latter is the second of them', () => {
    const history = [
      turn('How do `Cache` and `CacheError` differ?', place('evict'), place('Cache'), place('CacheError')),
    ];
    assert.deepEqual(meant('Where is the latter raised?', history), ['CacheError']);
    assert.deepEqual(meant('What does the first one hold?', history), ['Cache']);
    assert.deepEqual(meant('What is `Cache` for?', history), []);
  });

  it('what is called is a function', () => {
    const history = [turn('How are values kept?', place('Cache'), place('Cache.get'), place('evict'))];
    assert.deepEqual(meant('What else is it for?', history), ['Cache']);
    assert.deepEqual(meant('Who calls it?', history), ['get']);
  });

  it('goes on over turns that referred back themselves', () => {
    const history = [
      turn('How are old values dropped?', place('Cache.expire'), place('evict')),
      turn('What does the second one raise?', place('evict'), place('CacheError')),
    ];
    assert.deepEqual(meant('When does it?', history), ['evict', 'CacheError']);
    assert.deepEqual(meant('Where is that exception defined?', history), ['CacheError']);
  });

  it('without sources the text of the answer tells the places', () => {
    const { startLine, endLine } = place('evict');
    const history = [
      { question: 'How are old values dropped?', answer: `By \`src/cache.py:${startLine}-${endLine}\` [1].` },
    ];
    assert.deepEqual(meant('Who calls it?', history), ['evict']);
    assert.deepEqual(meant('Who calls it?', [{ question: 'How?', answer: 'Then `evict` is called.' }]), ['evict']);
  });

  it('the definition is read, first and with the reason, whatever search finds', async () => {
    const { answers, onEvent } = answersOver(folder);
    const history = [turn('How are old values dropped?', place('Cache.expire'), place('evict'))];
    const answer = await answers.ask({ question: 'What does the second one do?', history }, onEvent, never);
    assert.equal(answer.sources[0]?.symbol, 'evict');
    assert.equal(answer.sources[0].used, true);
    assert.deepEqual(answer.sources[0].reason, { say: 'what “{0}” refers to', values: ['the second one'] });
  });

  it('a place of an earlier turn is found by its name after an edit, and what is gone is left out', () => {
    const from = { reader: folder.index.reader, repositoryRoot: folder.root, name: null };
    const { startLine } = place('evict');
    assert.equal(locate({ ...place('evict'), startLine: 1, endLine: 2 }, [from])?.startLine, startLine);
    assert.equal(locate({ ...place('evict'), path: 'src/gone.py' }, [from]), null);
    assert.equal(locate({ id: 'x', path: 'src/cache.py', startLine: 999, endLine: 1000 }, [from]), null);
  });

  it('whatever a client sends as history, what is meant is in the index and a question without history is untouched', () => {
    const from = { reader: folder.index.reader, repositoryRoot: folder.root, name: null };
    const line = fc.integer({ min: 1, max: 2 ** 31 });
    const source = fc.record({
      id: fc.string(),
      path: fc.oneof(fc.constantFrom(...Object.keys(files)), fc.string(), fc.constant('../../etc/passwd')),
      startLine: line,
      endLine: line,
      symbol: fc.oneof(fc.constantFrom('evict', 'Cache.get', '__proto__', 'constructor'), fc.string()),
    });
    const words = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            'it',
            'the',
            'second',
            'one',
            'that',
            'function',
            'them',
            'what',
            '`evict`',
            'of',
            '[2]',
            '?',
          ),
        )
        .map((list) => list.join(' ')),
    );
    const history = fc.array(fc.record({ question: words, answer: fc.string(), sources: fc.array(source) }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(words, history, (question, turns) => {
        assert.deepEqual(understand(question, [], [from]), { asked: question, query: question, referents: [] });
        for (const { path: file, startLine, endLine } of understand(question, turns, [from]).referents) {
          const lines = from.reader.file(file)?.lines ?? 0;
          assert.ok(startLine >= 1 && startLine <= endLine && endLine <= lines, `${file}:${startLine}-${endLine}`);
        }
      }),
    );
  });
});

describe('a long chat', () => {
  it('keeps its pinned source over 70 turns and an edit, and its prompt stays within the window', async (t) => {
    const own = await indexFiles(t, 'long', files);
    const window = 1200;
    const says =
      'It drops the oldest values of the cache first [1], and then it goes on with what was asked before. '.repeat(4);
    const decoder = scriptedDecoder({ says, contextLength: window });
    const { answers, onEvent } = answersOver(own, { with: decoder, prose: true });
    const history: Turn[] = [];
    let last: Answer | null = null;
    let pinned: TurnSource | null = null;
    for (let at = 0; at < 70; at++) {
      const question = at % 3 === 0 ? 'How does the server listen?' : 'And what does it return then?';
      last = await answers.ask(
        { question, history, ...(pinned && { pinned: [pinned.id], pinnedPlaces: [pinned] }) },
        onEvent,
        never,
      );
      history.push(turnOf(last));
      if (at === 0) {
        const chunk = own.index.reader.chunksOf('src/cache.py').find(({ text }) => text.includes('def evict'));
        assert.ok(chunk);
        pinned = sourcePlace({ ...chunk, ...place('evict'), id: chunk.id });
      }
      if (at === 40) {
        const file = path.join(own.root, 'src/cache.py');
        await writeFile(file, `# A new first line.\n\n${await readFile(file, 'utf8')}`);
        await own.refresh();
      }
    }
    assert.equal(history.length, 70);
    const [read] = last?.sources ?? [];
    assert.equal(read?.symbol, 'evict');
    assert.equal(read.used, true);
    assert.equal(read.startLine, place('evict').startLine + 2);
    for (const { messages = [] } of decoder.requests) assert.ok(decoder.countChatTokens(messages) <= window);
    const sizes = decoder.requests.map(({ messages = [] }) => decoder.countChatTokens(messages));
    assert.ok(Math.max(...sizes.slice(40)) <= Math.max(...sizes.slice(10, 40)) * 1.2, sizes.join(' '));
    assert.match(JSON.stringify(last?.notice), /earlier turns did not fit/);
  });

  it('earlier answers are read without their citations and code, whose numbers were other sources', async () => {
    const decoder = scriptedDecoder({ says: 'Yes [1].' });
    const { answers, onEvent } = answersOver(folder, { with: decoder, prose: true });
    const answer = 'It drops them [2].\n\n```python\ndel self.values[key]\n```\n\nThen it ends [1][3].';
    const history = [{ question: 'How are old values dropped?', answer, sources: [place('Cache.expire')] }];
    await answers.ask({ question: 'When does it stop?', history }, onEvent, never);
    const said = decoder.requests[0]?.messages?.find(({ role }) => role === 'assistant')?.content;
    assert.equal(said, 'It drops them.\n\n\nThen it ends.');
    const asked = decoder.requests[0]?.messages?.at(-1)?.content ?? '';
    assert.match(asked, /When does it stop\? \("it" is `Cache\.expire`\)/);
  });
});
