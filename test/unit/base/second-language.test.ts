/** A second language: every sentence that the engine sends is in the bundle for translators, and none is left in English where it is shown. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import bundle from '../../../l10n/bundle.l10n.json' with { type: 'json' };
import { catalogue } from '../../../src/base/error-catalogue/catalogue.ts';
import { fault } from '../../../src/base/errors.ts';
import { catalogueSentences, createSpeaker } from '../../../src/base/speaker.ts';
import { readCatalogue } from '../../../src/models/catalogue.ts';
import { collectStrings } from '../../../tools/l10n-strings.ts';
import { answersOver } from '../../support/answers-over.ts';
import { type IndexedFolder, indexFixture } from '../../support/indexed-folder.ts';
import { scriptedDecoder } from '../../support/scripted-decoder.ts';
import { englishIn, isTranslatable, secondLanguage, sentencesIn } from '../../support/second-language.ts';

const source = path.resolve(import.meta.dirname, '../../../src');
const speaker = createSpeaker('editor', secondLanguage);
const never = new AbortController().signal;

describe('the bundle for translators', () => {
  it('has every sentence of the engine and the extension, the catalogue of errors and the notes on models', async () => {
    const notes = (await readCatalogue()).map(({ note }) => note);
    const missing = [...collectStrings(source, ['cli']), ...catalogueSentences(), ...notes].filter(
      (text) => !Object.hasOwn(bundle, text),
    );
    assert.deepEqual(missing, []);
  });

  it('leaves nothing of an error in English', () => {
    for (const code of Object.keys(catalogue) as (keyof typeof catalogue)[])
      assert.deepEqual(englishIn(speaker.words(fault(code, 'src/a.ts').userError)), [], code);
  });
});

describe('an answer in a second language', () => {
  let folder: IndexedFolder;
  const cleanups: (() => Promise<void>)[] = [];
  before(async () => {
    folder = await indexFixture({ after: (cleanup) => cleanups.push(cleanup) }, 'harbor');
  });
  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });

  it('writes explanations, summaries and lists of evidence in it', async () => {
    const { answers, onEvent } = answersOver(folder, { speaker });
    const documents = [
      (await answers.explain({ path: 'harbor/router.py', startLine: 18 }, onEvent, never)).answer,
      (await answers.explain({ path: 'harbor/router.py' }, onEvent, never)).answer,
      (await answers.ask({ question: 'How does Router.dispatch find the handler?' }, onEvent, never)).answer,
      (await answers.ask({ question: 'Where are quarterly bananas invoiced?' }, onEvent, never)).answer,
      (await answers.summarize({}, () => undefined, never)).markdown,
    ];
    for (const document of documents) {
      // Code, addresses and sentences of the repository itself are not ours.
      const ours = document
        .replaceAll(/```[\s\S]*?```|`[^`]*`|\]\([^)]*\)/g, '')
        .split(/\n|: |\| /)
        .filter((line) => !line.startsWith('> '));
      for (const line of ours) assert.deepEqual(englishIn(line), [], line);
    }
  });

  for (const kind of ['no model', 'a model that quotes', 'a model that writes'] as const)
    it(`has no sentence that cannot be translated, with ${kind}`, async () => {
      const decoder = scriptedDecoder({
        says: 'Router.dispatch looks the path up [1].',
        quotes: [{ startLine: 0, endLine: 0 }],
      });
      const options = kind === 'no model' ? {} : { with: decoder, prose: kind === 'a model that writes' };
      const { answers, events, onEvent } = answersOver(folder, { ...options, speaker });
      const question = 'How does Router.dispatch find the handler?';
      const told = [
        await answers.ask({ question }, onEvent, never),
        await answers.ask({ question: 'Where are quarterly bananas invoiced?' }, onEvent, never),
        await answers.explain({ path: 'harbor/router.py', startLine: 18 }, onEvent, never),
      ];
      const sentences = sentencesIn([events, told]);
      assert.ok(sentences.length > 10);
      for (const sentence of sentences) {
        assert.ok(isTranslatable(sentence), sentence.say);
        assert.deepEqual(englishIn(speaker.words(sentence)), [], sentence.say);
      }
    });
});
