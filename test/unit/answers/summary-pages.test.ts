/** Pages of a summary: each link leads to lines that are there, or to a page that was written. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { answersOver } from '../../support/answers-over.ts';
import { indexFiles, indexFixture } from '../../support/indexed-folder.ts';

const never = new AbortController().signal;
const ignore = (): void => undefined;

describe('the pages of a summary', () => {
  for (const toRepository of ['.', '../..'])
    it(`link to lines and to each other, from ${toRepository}`, async (t) => {
      const folder = await indexFixture(t, 'harbor');
      const { answers } = answersOver(folder);
      const { pages = [] } = await answers.summarize({ pages: toRepository }, ignore, never);
      assert.deepEqual(pages.map((page) => page.path).toSorted(), [
        'harbor/http/index.md',
        'harbor/index.md',
        'index.md',
        'tests/index.md',
      ]);
      const place = path.join(folder.root, toRepository === '.' ? '.' : 'docs/summary');
      const reached = new Set(['index.md']);
      let toLines = 0;
      for (const page of pages) {
        for (const [, address = ''] of page.markdown.matchAll(/(?<!!)\[(?:[^\]]*)\]\(([^)]+)\)/g)) {
          const [, target = '', from, to = from] = /^([^#]+)(?:#L(\d+)(?:-L(\d+))?)?$/.exec(address) ?? [];
          const file = path.join(place, path.dirname(page.path), decodeURI(target));
          if (from === undefined) {
            reached.add(path.relative(place, file));
            continue;
          }
          const count = (await readFile(file, 'utf8')).split('\n').length;
          assert.ok(Number(from) >= 1 && Number(to) <= count, `${page.path}: ${address}`);
          toLines += 1;
        }
      }
      assert.deepEqual(
        [...reached].toSorted(),
        pages.map((page) => page.path).toSorted(),
        'every page is linked, and no other',
      );
      assert.ok(toLines > 30, String(toLines));
    });

  it('a folder whose name is Markdown, or has spaces, has a page that its links reach', async (t) => {
    const folder = await indexFiles(t, 'odd', {
      'a [b](c) d/main.py': '"""Begins."""\n\n\ndef start():\n    pass\n',
      'a [b](c) d/page:x/more.py': '"""Goes on."""\n\n\ndef go():\n    pass\n',
    });
    const { answers } = answersOver(folder);
    const { pages = [] } = await answers.summarize({ pages: '.' }, ignore, never);
    const all = new Set(pages.map((page) => page.path));
    assert.ok(all.has('a [b](c) d/index.md'), [...all].join());
    const [index] = pages;
    const addresses = [...(index?.markdown.matchAll(/\]\(([^)#]+index\.md)\)/g) ?? [])].map(([, address = '']) =>
      decodeURIComponent(address),
    );
    assert.ok(addresses.length > 0);
    for (const address of addresses) assert.ok(all.has(address), address);
  });
});
