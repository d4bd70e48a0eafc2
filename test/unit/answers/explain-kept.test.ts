/** Explanations that are kept: shown again without a decoder while nothing they were made from has changed, stale after that. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { SymbolDefinition } from '../../../src/index/types.ts';
import { silentLogger } from '../../../src/base/logging.ts';
import { openIndex } from '../../../src/index/open-index.ts';
import { findRepository } from '../../../src/repository/find-repository.ts';
import { explanationCacheOf } from '../../../src/engine/repositories/document-cache.ts';
import { answersOver } from '../../support/answers-over.ts';
import { type IndexedFolder, indexFiles } from '../../support/indexed-folder.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';

const never = new AbortController().signal;
const files = {
  'src/limits.py':
    '"""Limits."""\n\n\ndef largest(kind):\n    """The largest size of a kind."""\n    return 10 if kind else 20\n',
  'src/store.py':
    'from src.limits import largest\n\n\ndef keep(value, kind):\n    """Keeps a value that is small enough."""\n    if len(value) > largest(kind):\n        raise ValueError(kind)\n    return value\n',
  'src/main.py': 'from src.store import keep\n\n\ndef run(text):\n    """Runs."""\n    return keep(text, "a")\n',
};

function lineOf({ index }: IndexedFolder, file: string, name: string): number {
  const symbol = index.reader.symbolsOf(file).find((one: SymbolDefinition) => one.name === name);
  assert.ok(symbol);
  return symbol.startLine;
}

async function edit(folder: IndexedFolder, file: string, change: (text: string) => string): Promise<void> {
  const full = path.join(folder.root, file);
  await writeFile(full, change(await readFile(full, 'utf8')));
  await folder.refresh();
}

describe('kept explanations', () => {
  it('are shown at the lines where the code is now, by no decoder, until the code or what is around it changes', async (t) => {
    const folder = await indexFiles(t, 'kept', files);
    const decoder = scriptedDecoder({
      says: '`keep` raises an error for a value larger than `largest` allows [1][2].',
    });
    const { answers, onEvent } = answersOver(folder, { with: decoder, prose: true });
    const explain = (more: { keptOnly?: true; again?: true } = {}): ReturnType<typeof answers.explain> =>
      answers.explain(
        { path: 'src/store.py', startLine: lineOf(folder, 'src/store.py', 'keep'), ...more },
        onEvent,
        never,
      );

    const none = await explain({ keptOnly: true });
    assert.equal(none.kept, undefined);
    assert.deepEqual(none.notice, { say: 'No explanation of this code is kept.', values: [] });
    assert.equal(decoder.requests.length, 0);

    const made = await explain();
    assert.equal(made.form, 'prose');
    assert.equal(made.kept, undefined);
    const again = await explain();
    assert.equal(decoder.requests.length, 1);
    assert.equal(again.answer, made.answer);
    assert.equal(again.kept?.stale, null);
    assert.deepEqual(again.citations, made.citations);

    // Lines above: the same code elsewhere.
    await edit(folder, 'src/store.py', (text) => `# A comment.\n\n${text}`);
    const moved = await explain();
    assert.equal(decoder.requests.length, 1);
    assert.equal(moved.kept?.stale, null);
    assert.deepEqual(
      [moved.subject.startLine, moved.citations[0]?.startLine],
      [made.subject.startLine + 2, made.subject.startLine + 2],
    );
    assert.deepEqual(
      moved.citations.map(({ status }) => status),
      made.citations.map(({ status }) => status),
    );

    // What it uses.
    await edit(folder, 'src/limits.py', (text) => text.replace('10', '100'));
    const beside = await explain({ keptOnly: true });
    assert.equal(beside.kept?.stale, 'neighbours');
    assert.equal(decoder.requests.length, 1);
    assert.equal((await explain()).kept, undefined);
    assert.equal(decoder.requests.length, 2);

    // The code itself.
    await edit(folder, 'src/store.py', (text) => text.replace('raise ValueError(kind)', 'return None'));
    const old = await explain({ keptOnly: true });
    assert.equal(old.kept?.stale, 'code');
    assert.match(JSON.stringify(old.notice), /Stale: the code has changed/);
    assert.deepEqual([old.citations, old.unsupported], [[], []]);
    assert.doesNotMatch(old.answer, /\[\d\]/);

    await explain();
    await explain({ again: true });
    assert.equal(decoder.requests.length, 4);
  });

  it('are not those of another model or of a cancelled request, and one question has its own', async (t) => {
    const folder = await indexFiles(t, 'kept', files);
    const stop = new AbortController();
    const stopping = scriptedDecoder({
      says: 'It keeps a value [1]. And more.',
      beforeToken: (at) => {
        if (at === 3) stop.abort();
      },
    });
    const request = { path: 'src/store.py', startLine: 4 };
    const first = answersOver(folder, { with: stopping, prose: true });
    assert.equal((await first.answers.explain(request, first.onEvent, stop.signal)).stopped, true);
    assert.equal((await first.answers.explain({ ...request, keptOnly: true }, first.onEvent, never)).kept, undefined);

    let name = 'one';
    const decoder = scriptedDecoder({ says: 'It keeps a value [1].' });
    const { answers, onEvent } = answersOver(folder, {
      with: decoder,
      prose: true,
      decoderName: () => Promise.resolve(name),
    });
    name = decoder.info.id;
    await answers.explain(request, onEvent, never);
    await answers.explain({ ...request, question: 'What does keep raise?' }, onEvent, never);
    assert.equal(decoder.requests.length, 2);
    await answers.explain({ ...request, question: 'What does keep raise?' }, onEvent, never);
    assert.equal(decoder.requests.length, 2);
    name = 'another';
    await answers.explain(request, onEvent, never);
    assert.equal(decoder.requests.length, 3);
  });

  it('outlive the process in the index, and one that is damaged is made again', async (t) => {
    const folder = await indexFiles(t, 'kept', files);
    const home = path.join(folder.root, '../other-home');
    const settings = { include: [], exclude: [], maxFileSize: 1_000_000 };
    const open = (): ReturnType<typeof openIndex> =>
      openIndex({ location: findRepository(folder.root), home, settings, logger: silentLogger });
    const decoder = scriptedDecoder({ says: 'It keeps a value [1].' });
    const request = { path: 'src/store.py', startLine: 4 };
    for (const expected of [1, 1]) {
      const index = open();
      const explanationCache = explanationCacheOf(index.documents, silentLogger);
      const { answers, onEvent } = answersOver(folder, { with: decoder, prose: true, explanationCache });
      await answers.explain(request, onEvent, never);
      assert.equal(decoder.requests.length, expected);
      index.dispose();
    }
    const index = open();
    const cache = explanationCacheOf(index.documents, silentLogger);
    index.documents.put('explanation', 'x', '{"madeFrom":1}');
    assert.equal(cache.get('x'), undefined);
    index.dispose();
  });

  it('the decoder reads what is used in small form, and the call under its own function', async (t) => {
    const long = '    total += kind\n'.repeat(40);
    const folder = await indexFiles(t, 'kept', {
      ...files,
      'src/limits.py': `"""Limits."""\n\n\ndef largest(kind):\n    """The largest size of a kind."""\n    total = 0\n${long}    return total\n`,
    });
    const decoder = scriptedDecoder({ says: 'It keeps a value [1].' });
    const { answers, onEvent } = answersOver(folder, { with: decoder, prose: true });
    await answers.explain({ path: 'src/store.py', startLine: 4 }, onEvent, never);
    const prompt = decoder.requests[0]?.messages?.at(-1)?.content ?? '';
    assert.match(prompt, /The largest size of a kind/);
    assert.match(prompt, /def run\(text\):/);
    assert.match(prompt, /raise ValueError\(kind\)/);
    assert.ok((prompt.match(/total \+= kind/g) ?? []).length < 20, prompt);
  });
});
