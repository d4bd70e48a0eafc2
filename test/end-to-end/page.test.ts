/** The sidebar's page in a real browser: accessible in every state and theme, no horizontal bar, no problem in the console, and it does what the keys say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { createSpeaker } from '../../src/base/speaker.ts';
import { ensureEditorRig } from '../../tools/editor-rig.ts';
import { openBrowser } from '../support/code-server.ts';
import { PageHarness, type ThemeKind, post, send, sentBy } from '../support/page-harness.ts';
import { type PageStateCase, pageStates, pageStatesIn } from '../support/page-states.ts';
import { englishIn, secondLanguage, translated } from '../support/second-language.ts';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const themes: readonly ThemeKind[] = ['light', 'dark', 'high-contrast', 'high-contrast-light'];

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

function stateOf(name: string): PageStateCase {
  const state = pageStates.find((s) => s.name === name);
  assert.ok(state, name);
  return state;
}

describe('the page of the side bar', () => {
  const harness = new PageHarness();
  let context: BrowserContext;
  let close: () => Promise<void>;

  before(async () => {
    await harness.start();
    const browser = await openBrowser(await ensureEditorRig(), { width: 300, height: 700 });
    ({ context } = browser);
    close = () => browser.close();
  });
  after(async () => {
    harness.stop();
    await close();
  });

  const withPage = async (
    name: string,
    theme: ThemeKind,
    use: (page: Page, problems: string[]) => Promise<void>,
  ): Promise<void> => {
    const { page, problems } = await harness.open(context, theme);
    try {
      await harness.show(page, stateOf(name));
      await use(page, problems);
    } finally {
      await page.close();
    }
  };

  for (const state of pageStatesIn(createSpeaker('editor', secondLanguage)))
    it(`nothing of ours is left in English in "${state.name}" in a second language`, async () => {
      const { page } = await harness.open(context, 'dark');
      try {
        await harness.show(page, state, translated);
        for (const text of await shownTexts(page)) assert.deepEqual(englishIn(text), [], text);
      } finally {
        await page.close();
      }
    });

  for (const { name } of pageStates) {
    for (const theme of themes) {
      it(`axe finds nothing in "${name}", ${theme}`, () =>
        withPage(name, theme, async (page, problems) => {
          assert.deepEqual(problems, []);
          // The page's own policy lets no foreign script in; the inspector's evaluation is not bound by it.
          await page.evaluate(axe);
          const violations = await page.evaluate(
            async () =>
              (await (window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe.run())
                .violations,
          );
          assert.deepEqual(
            violations.map(({ id, help, nodes }) => ({
              id,
              help,
              nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
            })),
            [],
          );
        }));
    }
    for (const width of [300, 150]) {
      it(`no horizontal bar in "${name}" at ${width} pixels`, () =>
        withPage(name, 'dark', async (page) => {
          await page.setViewportSize({ width, height: 700 });
          const wide = await page.evaluate(() => {
            const elements = [
              document.documentElement,
              ...document.querySelectorAll('.turns, .card, .banner, .composer, pre'),
            ];
            return elements
              .filter((e) => e.scrollWidth > e.clientWidth + 1)
              .map((e) => `${e.className} ${e.scrollWidth} > ${e.clientWidth}`);
          });
          assert.deepEqual(wide, []);
          await page.setViewportSize({ width: 300, height: 700 });
        }));
    }
  }

  it('Enter asks, Shift+Enter starts a line, and the focus stays in the box', () =>
    withPage('ready', 'dark', async (page) => {
      await page.locator('vscode-textarea textarea').focus();
      await page.keyboard.type('one');
      await page.keyboard.press('Shift+Enter');
      await page.keyboard.type('two');
      await page.keyboard.press('Enter');
      assert.deepEqual(
        (await sentBy(page)).filter(({ type }) => type === 'ask'),
        [{ type: 'ask', question: 'one\ntwo', attached: [] }],
      );
      assert.equal(await page.locator('vscode-textarea textarea').inputValue(), '');
      await page.keyboard.type('still here');
      assert.equal(await page.locator('vscode-textarea textarea').inputValue(), 'still here');
    }));

  it('an empty box asks nothing', () =>
    withPage('ready', 'dark', async (page) => {
      await page.locator('vscode-textarea textarea').focus();
      await page.keyboard.press('Enter');
      assert.deepEqual(
        (await sentBy(page)).filter(({ type }) => type === 'ask'),
        [],
      );
    }));

  it('Up recalls earlier questions and Down comes back to what was being written', () =>
    withPage('ready', 'dark', async (page) => {
      const box = page.locator('vscode-textarea textarea');
      await box.focus();
      await page.keyboard.type('draft');
      await page.keyboard.press('ArrowUp');
      assert.equal(await box.inputValue(), 'How are routes registered?');
      await page.keyboard.press('ArrowUp');
      assert.equal(await box.inputValue(), 'What is a route?');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      assert.equal(await box.inputValue(), 'draft');
    }));

  it('Escape stops what runs, and closes the suggestions first', () =>
    withPage('writing', 'dark', async (page) => {
      await page.locator('vscode-textarea textarea').focus();
      await page.keyboard.type('see @pa');
      await send(page, {
        type: 'completions',
        requestId: 3,
        items: [
          {
            ...{ kind: 'symbol', label: 'parsePattern', path: 'src/pattern.js' },
            ...{ repository: null, startLine: 1, endLine: 16 },
          },
        ],
      });
      await page.locator('[role=option]').waitFor();
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('[role=option]').count(), 0);
      assert.deepEqual(
        (await sentBy(page)).filter(({ type }) => type === 'stop'),
        [],
      );
      await page.keyboard.press('Escape');
      assert.deepEqual(
        (await sentBy(page)).filter(({ type }) => type === 'stop'),
        [{ type: 'stop' }],
      );
    }));

  it('Escape is heard before the question that was just asked is on the page', () =>
    withPage('ready', 'dark', async (page) => {
      await page.locator('vscode-textarea textarea').focus();
      await page.keyboard.type('How?');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Escape');
      assert.deepEqual(
        (await sentBy(page)).map(({ type }) => type).filter((type) => type === 'ask' || type === 'stop'),
        ['ask', 'stop'],
      );
    }));

  it('a suggestion of fewer letters than are typed by now takes the place of the whole word', () =>
    withPage('suggestions', 'dark', async (page) => {
      const box = page.locator('vscode-textarea textarea');
      assert.equal(await box.inputValue(), 'What does @par');
      await page.keyboard.type('se');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      assert.equal(await box.inputValue(), 'What does parsePattern ');
    }));

  it('a suggestion is taken with the keyboard', () =>
    withPage('suggestions', 'dark', async (page) => {
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('vscode-textarea textarea').inputValue(), 'What does parsePattern ');
    }));

  it('every definition of a name has its row, and the one that is taken goes with the question by its place', () =>
    withPage('suggestions', 'dark', async (page) => {
      assert.match(
        await page.locator('[role=option]').nth(2).innerText(),
        /LegacyRouter\.parsePattern\s+src\/legacy\/pattern\.js:40/,
      );
      for (let i = 0; i < 2; i += 1) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('.attachment').innerText(), 'LegacyRouter.parsePattern');
      await page.keyboard.type('do?');
      await page.keyboard.press('Enter');
      const [asked] = (await sentBy(page)).filter(({ type }) => type === 'ask');
      assert.equal(asked?.['question'], 'What does LegacyRouter.parsePattern do?');
      assert.deepEqual(asked['attached'], [
        {
          ...{ kind: 'symbol', label: 'LegacyRouter.parsePattern', repository: '/code/ferry' },
          ...{ path: 'src/legacy/pattern.js', startLine: 40, endLine: 52 },
        },
      ]);
      assert.equal(await page.locator('.attachment').count(), 0);
    }));

  it('what stands beside the question is taken away by its button or by Backspace, and is there after a reload', () =>
    withPage('attached', 'dark', async (page) => {
      await page.locator('.attachment .icon-button').nth(2).click();
      assert.equal(await page.locator('.attachment').count(), 2);
      assert.equal(await page.evaluate(() => document.activeElement?.localName), 'vscode-textarea');
      await page.reload();
      await harness.show(page, { ...stateOf('ready'), name: 'reloaded' });
      assert.equal(await page.locator('.attachment').count(), 2);
      const box = page.locator('vscode-textarea textarea');
      assert.equal(await box.inputValue(), 'Why are these two apart?');
      await box.fill('');
      await page.keyboard.press('Backspace');
      assert.equal(await page.locator('.attachment').count(), 1);
    }));

  it('what was folded open is open after a reload', () =>
    withPage('follow-up', 'dark', async (page) => {
      await page.locator('.question.older button').first().click();
      await page.locator('.coverage-line').last().click();
      assert.equal(await page.locator('.budget').count(), 1);
      await page.reload();
      await harness.show(page, stateOf('follow-up'));
      assert.equal(await page.locator('.question.older button').first().getAttribute('aria-expanded'), 'true');
      assert.equal(await page.locator('.question.older button').nth(1).getAttribute('aria-expanded'), 'false');
      assert.equal(await page.locator('.budget').count(), 1);
    }));

  it('each card shows its folder, and its repository where there are several', async () => {
    await withPage('finished', 'dark', async (page) => {
      assert.deepEqual(await page.locator('.card .folder').allInnerTexts(), ['src/', 'src/', 'src/', 'src/']);
    });
    await withPage('several-repositories', 'dark', async (page) => {
      assert.deepEqual(await page.locator('.card .folder').allInnerTexts(), [
        'ferry/src/',
        'harbour/src/',
        'ferry/src/',
        'ferry/src/',
      ]);
    });
  });

  it('a chip points at its card and opens its lines', () =>
    withPage('finished', 'dark', async (page) => {
      // It points for a moment only: someone must be looking before the click.
      const pointedAt = page.locator('.card.pointed-at').textContent();
      await page.locator('.answer .chip').nth(1).click();
      assert.match((await pointedAt) ?? '', /parsePattern/);
      assert.deepEqual(
        (await sentBy(page)).filter(({ type }) => type === 'open'),
        [{ type: 'open', turnId: 'turn', sourceId: 'src/pattern.js:1' }],
      );
    }));

  it('cards show the lines that matter where there is no prose, and not beside it', async () => {
    await withPage('no-model-answer', 'dark', async (page) => {
      assert.match((await page.locator('.card .excerpt').first().textContent()) ?? '', /^ *add\(method/m);
    });
    await withPage('finished', 'dark', async (page) => {
      assert.equal(await page.locator('.card .excerpt').count(), 0);
    });
  });

  it('a computed list shows its items alone, and a chip opens its lines', () =>
    withPage('list', 'dark', async (page) => {
      assert.equal(await page.locator('.answer li').count(), 2);
      assert.equal(await page.locator('.card').count(), 0);
      await page.locator('[data-cite="2"]').click();
      assert.deepEqual(
        (await sentBy(page)).filter(({ type }) => type === 'open'),
        [{ type: 'open', turnId: 'turn', sourceId: 'src/pattern.js:1' }],
      );
    }));

  it('a computed list without items is not shown as nothing found', () =>
    withPage('list-empty', 'dark', async (page) => {
      assert.equal(await page.locator('.answer').count(), 1);
      assert.equal(await page.locator('section.message').count(), 0);
    }));

  it('the menu of a card works with the keyboard and gives the focus back', () =>
    withPage('finished', 'dark', async (page) => {
      await page.locator('.card .icon-button').first().focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      assert.deepEqual(
        (await sentBy(page)).filter(({ type }) => type === 'drop'),
        [{ type: 'drop', turnId: 'turn', sourceId: 'src/router.js:9', dropped: true }],
      );
      assert.equal(await page.evaluate(() => document.activeElement?.className), 'icon-button');
    }));

  it('the focus on a chip survives the text that streams after it', () =>
    withPage('writing', 'dark', async (page) => {
      await page.locator('.answer .chip').first().focus();
      await send(page, { type: 'text', turnId: 'turn', text: ' and more [2] of it,' });
      await send(page, { type: 'text', turnId: 'turn', text: ' which goes on.' });
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-cite')), '1');
      assert.match((await page.locator('.answer').textContent()) ?? '', /which goes on/);
    }));

  it('the focus is not lost when the button that had it goes away', () =>
    withPage('stopped', 'dark', async (page) => {
      await page.locator('vscode-button').last().focus();
      const running = stateOf('writing').turns[0];
      assert.ok(running);
      await send(page, { type: 'turn', turn: running });
      assert.equal(await page.evaluate(() => document.activeElement?.localName), 'vscode-textarea');
    }));

  it('what had the focus gets it back, and the box when that is gone', () =>
    withPage('finished', 'dark', async (page) => {
      await page.locator('.chip-button').last().focus();
      await page.evaluate(() => {
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      });
      await send(page, { type: 'focus-back' });
      assert.equal(await page.evaluate(() => document.activeElement?.className), 'chip-button');
      await page.locator('.card .icon-button').first().focus();
      await send(page, { type: 'turns', turns: [] });
      await send(page, { type: 'focus-back' });
      assert.equal(await page.evaluate(() => document.activeElement?.localName), 'vscode-textarea');
    }));

  it('streamed text moves the view only for someone who is at the end', () =>
    withPage('writing', 'dark', async (page) => {
      await page.setViewportSize({ width: 300, height: 320 });
      const scroller = page.locator('.turns');
      await scroller.evaluate((e) => (e.scrollTop = 40));
      await send(page, { type: 'text', turnId: 'turn', text: '\n\nmore\n\nand more\n\nand more' });
      assert.equal(await scroller.evaluate((e) => e.scrollTop), 40);
      await scroller.evaluate((e) => (e.scrollTop = e.scrollHeight));
      await send(page, { type: 'text', turnId: 'turn', text: '\n\nagain\n\nand again' });
      assert.ok(await scroller.evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight < 2));
      await page.setViewportSize({ width: 300, height: 700 });
    }));

  it('text of the repository stays text', () =>
    withPage('finished', 'dark', async (page, problems) => {
      const turn = stateOf('finished').turns[0];
      assert.ok(turn);
      const text =
        '<img src=x onerror="document.title=1"> [link](https://example.com) ![i](https://example.com/i.png) <script>document.title=1</script> [1]';
      await send(page, { type: 'turn', turn: { ...turn, text, outcome: null } });
      assert.equal(await page.locator('.answer img, .answer a, .answer script').count(), 0);
      assert.equal(await page.title(), 'Longsight');
      assert.equal(await page.locator('.answer .chip').count(), 1);
      assert.deepEqual(problems, []);
    }));

  it('an unreadable message is told and changes nothing', () =>
    withPage('ready', 'dark', async (page) => {
      await post(page, { type: 'turn', turn: { id: 3 } });
      assert.equal((await sentBy(page)).at(-1)?.type, 'problem');
      assert.equal(await page.locator('vscode-textarea').count(), 1);
    }));

  it('a finished answer is announced once', () =>
    withPage('writing', 'dark', async (page) => {
      const done = stateOf('finished').turns[0];
      assert.ok(done);
      await send(page, { type: 'turn', turn: done });
      assert.equal(await page.locator('[role=status]').textContent(), 'Answer finished, 4 pieces of evidence.');
    }));
});

/** Every text on the page, in shadow roots too, and every name that a screen reader says; code of the repository is not ours. */
function shownTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const texts: string[] = [];
    const visit = (node: Node): void => {
      if (node instanceof Text) texts.push(node.data);
      if (!(node instanceof Element || node instanceof ShadowRoot || node instanceof Document)) return;
      if (node instanceof Element) {
        if (node.matches('pre, code, style, script')) return;
        // A name that may break at its dots is one text.
        if ([...node.children].some((child) => child.localName === 'wbr')) {
          texts.push(node.textContent);
          return;
        }
        for (const name of ['aria-label', 'title', 'placeholder', 'alt']) texts.push(node.getAttribute(name) ?? '');
        if (node.shadowRoot) visit(node.shadowRoot);
      }
      node.childNodes.forEach(visit);
    };
    visit(document);
    return texts.filter((text) => text.trim() !== '');
  });
}
