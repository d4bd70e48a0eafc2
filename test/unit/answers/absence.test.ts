/** Which questions are about something that is not in a repository, over real indexes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { absenceOf, type Absence } from '../../../src/answers/truth/absence/absence.ts';
import { subjectsOf } from '../../../src/answers/truth/absence/subjects.ts';
import type { Decoder } from '../../../src/runtime/decoder.ts';
import { answersOver } from '../../support/answers-over.ts';
import { type IndexedFolder, indexFiles } from '../../support/indexed-folder.ts';

const never = new AbortController().signal;
const files = {
  'src/gate.ts': `/** Lets a caller through, or makes it wait. */
export class ThrottleGate {
  readonly #waiting: (() => void)[] = [];
  constructor(readonly mostAtOnce: number) {}
  /** Waits until fewer than mostAtOnce callers are inside. */
  async enter(): Promise<void> {
    if (this.#waiting.length >= this.mostAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
`,
  'src/session.ts': `import { ThrottleGate } from './gate';
/** Keeps the token of a signed-in user until it expires. */
export class SessionStore {
  readonly #tokens = new Map<string, number>();
  readonly #gate = new ThrottleGate(4);
  async put(token: string, expires: number): Promise<void> {
    await this.#gate.enter();
    this.#tokens.set(token, expires);
  }
  isAlive(token: string): boolean {
    return (this.#tokens.get(token) ?? 0) > Date.now();
  }
}
export function openGRPCChannel(address: string): string {
  return address;
}
`,
  'README.md': `# Session keeper

Keeps sessions of users. Others send them to Kafka; this library does not.
`,
};

describe('absence', () => {
  let folder: IndexedFolder;
  const cleanups: (() => Promise<void>)[] = [];
  before(async () => {
    folder = await indexFiles({ after: (cleanup) => cleanups.push(cleanup) }, 'keeper', files);
  });
  after(async () => {
    for (const cleanup of cleanups) await cleanup();
  });
  const ask = (question: string): Promise<Absence> =>
    absenceOf(question, [{ reader: folder.index.reader, search: folder.search }], never);

  it('what a user does wrong is no subject of its own', async () => {
    for (const question of [
      'What happens when the user mistypes a token?',
      'How does the gate treat an overlong wait?',
    ])
      assert.notEqual((await ask(question)).verdict, 'absent', question);
  });

  it('a question about a topic, a name or a thing that occurs nowhere', async () => {
    for (const [question, nowhere] of [
      ['How does the store speak GraphQL?', 'GraphQL'],
      ['Where is the CSRF token of a user checked?', 'CSRF'],
      ['How are tokens written to Redis?', 'Redis'],
      ['Where is the circuit breaker opened?', 'circuit breaker'],
      ['What does `FrobnicateAll` do?', 'FrobnicateAll'],
      ['How does the store draw a leaderboard?', 'leaderboard'],
    ] as const) {
      const found = await ask(question);
      assert.equal(found.verdict, 'absent', question);
      assert.deepEqual(found.nowhere, [nowhere], question);
    }
  });

  it('ordinary words that occur nowhere do not make a question one about nothing', async () => {
    for (const question of [
      'How does the store decide whether a token is still good?',
      'Why would a caller be refused or held back?',
      'What happens when the token is outdated?',
      'Where is the session remembered?',
    ])
      assert.notEqual((await ask(question)).verdict, 'absent', question);
  });

  it('a name of several words is there only as a whole', async () => {
    assert.deepEqual((await ask('Where is the Session-Expires header set?')).nowhere, ['Session-Expires']);
    assert.equal((await ask('How does Throttle-Gate let a caller in?')).verdict, 'none');
  });

  it('knows both spellings of a word', () => {
    for (const [one, other] of [
      ['colour', 'color'],
      ['normalise', 'normalize'],
      ['cancelled', 'canceled'],
    ] as const) {
      const [word] = subjectsOf(`Where is the ${one}?`).slice(-1);
      assert.ok(word?.forms.includes(other), one);
    }
  });

  it('a topic is there under another spelling, and inside a name', async () => {
    assert.equal((await ask('How does it do rate limiting?')).verdict, 'none');
    assert.equal((await ask('Where is a gRPC channel opened?')).verdict, 'none');
    assert.equal((await ask('What is a throttle gate?')).verdict, 'none');
  });

  it('a topic that only a document mentions is told with the place', async () => {
    const found = await ask('How are sessions sent to Kafka?');
    assert.equal(found.verdict, 'absent');
    assert.deepEqual(found.nowhere, []);
    assert.deepEqual(found.aside, [{ text: 'Kafka', place: { path: 'README.md', startLine: 3, endLine: 3 } }]);
    assert.notEqual((await ask('What does the documentation say about Kafka?')).verdict, 'absent');
  });

  it('no word that is in a file is ever said to occur nowhere', async () => {
    const words = [...new Set(Object.values(files).flatMap((text) => text.match(/[A-Za-z]{2,}/g) ?? []))];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 6 }), async (some) => {
        const { nowhere } = await ask(`How does ${some.join(' ')} work?`);
        const there = nowhere.filter(
          (text) => text.split(/[ -]/).every((word) => words.includes(word)) && !text.includes(' '),
        );
        assert.deepEqual(there, []);
      }),
      { numRuns: 60 },
    );
  });

  it('the subjects of a question are its topics, names and rare words', () => {
    assert.deepEqual(
      subjectsOf('How does HTTPAdapter handle `retries` over web sockets with a flywheel?').map(({ text, kind }) => [
        text,
        kind,
      ]),
      [
        ['HTTPAdapter', 'name'],
        ['retries', 'name'],
        ['web sockets', 'topic'],
        ['flywheel', 'word'],
      ],
    );
  });

  it('is answered without the decoder, with what occurs nowhere and what is nearest', async () => {
    const { answers, onEvent } = answersOver(folder, { with: {} as Decoder, prose: true });
    const answer = await answers.ask({ question: 'How does the session store speak GraphQL?' }, onEvent, never);
    assert.equal(answer.form, 'evidence');
    assert.match(
      answer.answer,
      /^`GraphQL` occurs nowhere in this repository\. Nothing was found that answers the question\./,
    );
    assert.match(answer.answer, /Nearest, though it is about something else:\n\n?- `src\/session\.ts:/);
    assert.deepEqual(answer.citations, []);
    assert.ok(answer.sources.length > 0 && answer.sources.every(({ used }) => !used));
  });
});
