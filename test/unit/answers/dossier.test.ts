/** What is read for a question, over a real index: what it names, what that calls, and both sides of it, shown or not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codeNames } from '../../../src/answers/evidence/evidence.ts';
import type { NearWords } from '../../../src/search/static-space.ts';
import { dossierOf } from '../../../src/answers/evidence/dossier/dossier.ts';
import type { Similarities } from '../../../src/answers/evidence/dossier/meaning.ts';
import { mentionsIn } from '../../../src/answers/evidence/dossier/mentions.ts';
import { type IndexedFolder, indexFiles } from '../../support/indexed-folder.ts';

const files = {
  'src/transport/retry.py': [
    'from src.transport.clock import pause_between',
    'from src.errors import GaveUp',
    '',
    'MESSAGE = "the peer at {} did not answer within {} seconds"',
    '',
    '',
    'def send_with_retry(request, attempts):',
    '    """Sends a request again while the peer does not answer."""',
    '    for attempt in range(attempts):',
    '        if request.send():',
    '            return attempt',
    '        pause_between(attempt)',
    '    raise GaveUp(MESSAGE.format(request.peer, attempts))',
  ].join('\n'),
  'src/transport/clock.py': [
    'import time',
    '',
    '',
    'def pause_between(attempt):',
    '    time.sleep(min(30, 2 ** attempt))',
  ].join('\n'),
  'src/errors.py': ['class GaveUp(Exception):', '    """Nobody answered."""'].join('\n'),
  'src/other.py': Array.from({ length: 40 }, (_, at) => `def request_${at}(request):\n    return request.peer\n`).join(
    '\n',
  ),
  'tests/test_retry.py': ['def test_send_with_retry():', '    assert send_with_retry(Request(), 3) == 0'].join('\n'),
};

async function dossier(
  { index, search }: IndexedFolder,
  question: string,
  nearWords: readonly NearWords[] = [],
  similarities?: Similarities,
): Promise<string[]> {
  const from = { reader: index.reader, repositoryRoot: '/', name: null };
  const { results } = await search.search(question, { limit: 30 }, new AbortController().signal);
  const { pieces } = await dossierOf({
    question,
    places: [from],
    ranked: results.map((hit) => ({ ...hit, from })),
    nearWords,
    ...(similarities && { similarities }),
  });
  return pieces.map(({ symbol, file }) => symbol?.name ?? file.path);
}

void describe('what is read', () => {
  void it('takes in what the named definition calls and raises, in another file and without a word of the question', async (t) => {
    const folder = await indexFiles(t, 'dossier', files);
    const read = await dossier(folder, 'How does send_with_retry wait?');
    assert.equal(read[0], 'send_with_retry');
    assert.ok(read.slice(0, 4).includes('pause_between'), read.join());
    assert.ok(read.slice(0, 5).includes('GaveUp'), read.join());
  });

  void it('holds every definition that the question names', async (t) => {
    const folder = await indexFiles(t, 'dossier', files);
    const read = await dossier(folder, 'What is the difference between `pause_between` and `request_7`?');
    assert.deepEqual(read.slice(0, 2).toSorted(), ['pause_between', 'request_7']);
  });

  void it('joins a word of the question to one of the code that is near it in meaning', async (t) => {
    const folder = await indexFiles(t, 'dossier', files);
    const question = 'Where does the transport hesitate?';
    const near: NearWords = new Map([['hesit', [{ stem: 'paus', cosine: 0.8 }]]]);
    assert.equal((await dossier(folder, question, [near]))[0], 'pause_between');
    const far: NearWords = new Map([['hesit', [{ stem: 'paus', cosine: 0.45 }]]]);
    assert.deepEqual(await dossier(folder, question, [far]), await dossier(folder, question));
  });

  /** Near are the cards that have the words. */
  const nearTo =
    (words: RegExp): Similarities =>
    (_, texts) =>
      Promise.resolve(texts.map((text) => (words.test(text) ? 0.6 : 0.05)));

  void it('prefers what is near in meaning among what has the same words', async (t) => {
    const folder = await indexFiles(t, 'dossier', files);
    const question = 'Where is a request counted?';
    assert.notEqual((await dossier(folder, question))[0], 'request_17');
    assert.equal((await dossier(folder, question, [], nearTo(/\brequest 17\b/)))[0], 'request_17');
  });

  void it('is by words alone where no meaning is known', async (t) => {
    const folder = await indexFiles(t, 'dossier', files);
    const question = 'How is a request sent again?';
    const unknown: Similarities = (_, texts) => Promise.resolve(texts.map(() => null));
    assert.deepEqual(await dossier(folder, question, [], unknown), await dossier(folder, question));
  });

  void it('takes in what calls a definition that fits, though it has no word of the question', async (t) => {
    const folder = await indexFiles(t, 'dossier-flow', {
      'src/gate.py': [
        'def check_limit(count):',
        '    """Refuses when too many uploads come."""',
        '    return count < 10',
        '',
        '',
        'def take(part):',
        '    if check_limit(part):',
        '        return part',
        ...Array.from({ length: 30 }, (_, at) => `\n\ndef other_${at}(uploads):\n    return uploads + ${at}`),
      ].join('\n'),
    });
    const question = 'Where are too many uploads refused?';
    const read = await dossier(folder, question, [], nearTo(/Refuses/));
    assert.equal(read[0], 'check_limit');
    assert.ok(read.slice(0, 3).includes('take'), read.join());
  });

  void it('holds each line once', async (t) => {
    const folder = await indexFiles(t, 'dossier', files);
    const from = { reader: folder.index.reader, repositoryRoot: '/', name: null };
    const question = 'How is a request sent again?';
    const { results } = await folder.search.search(question, { limit: 30 }, new AbortController().signal);
    const { pieces } = await dossierOf({
      question,
      places: [from],
      ranked: results.map((hit) => ({ ...hit, from })),
      nearWords: [],
    });
    assert.ok(pieces.length > 3);
    const held = pieces.flatMap(({ file, startLine, endLine }) =>
      Array.from({ length: endLine - startLine + 1 }, (_, at) => `${file.path}:${startLine + at}`),
    );
    assert.equal(new Set(held).size, held.length);
  });
});

void describe('what a question names', () => {
  const places: readonly (readonly [string, string, number | string])[] = [
    ['Python', 'Traceback:\n  File "/home/me/app/src/transport/retry.py", line 12, in send_with_retry\n', 12],
    ['JavaScript', 'at sendWithRetry (/app/src/transport/retry.py:12:9)', 12],
    ['Go', '\t/go/src/transport/retry.py:12 +0x1d', 12],
    ['Java', 'at com.example.Retry.send(retry.py:12)', 12],
    ['C#', '   at Transport.Retry.Send() in C:\\build\\src\\transport\\retry.py:line 12', 12],
    ['a path and a line', 'What is wrong at src/transport/retry.py:12?', 12],
    ['an error as it was printed', 'I get "the peer at 10.0.0.7 did not answer within 30 seconds", why?', 4],
    ['an error behind its class', 'src.errors.GaveUp: the peer at example.org did not answer within 3 seconds', 4],
  ];
  for (const [what, question, line] of places)
    void it(what, async (t) => {
      const { index } = await indexFiles(t, 'dossier', files);
      const found = mentionsIn(question, index.reader, () => Infinity, false);
      const lines = found.flatMap((one) =>
        one.kind === 'line' || one.kind === 'text' ? [`${one.path}:${one.line}`] : [],
      );
      assert.ok(
        lines.includes(`src/transport/retry.py:${line}`),
        JSON.stringify(found.map(({ kind, path }) => [kind, path])),
      );
    });

  void it('is nothing where the words are only words', async (t) => {
    const { index } = await indexFiles(t, 'dossier', files);
    assert.deepEqual(
      mentionsIn('How long is the wait before it tries again?', index.reader, () => Infinity, false),
      [],
    );
    assert.deepEqual(codeNames('How long is the wait?', [index]), []);
  });
});
