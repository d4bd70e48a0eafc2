/**
 * A window of two folders, as a user works in it: a question over both opens the right file, what is attached is read first,
 * the scope takes what was typed, Escape gives the focus back, and an old conversation can be opened again. No model is there.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { FrameLocator } from 'playwright-core';
import { ensureEditorRig } from '../../tools/editor-rig.ts';
import { CodeServer, openBrowser } from '../support/code-server.ts';
import { git, writeFiles } from '../support/temporary-repository.ts';
import { Workbench, keptBelow, shownBelow } from './workbench.ts';

const root = path.join(import.meta.dirname, '../..');
const pictures = path.join(root, 'out/folders');
const patience = { timeout: 120_000 };

const ferry = {
  'README.md': '# Ferry\n\nCarries cars over the river.\n',
  'src/deck.py':
    'def load_cars(cars):\n    """Loads the cars onto the deck, heavy ones in the middle."""\n    return sorted(cars)\n',
  'src/shared.py': 'def opening_hours():\n    """The ferry leaves from six to nine."""\n    return (6, 9)\n',
  'docs/cars.md': '# Cars\n\nHeavy cars stand in the middle of the deck.\n',
};
const harbour = {
  'README.md': '# Harbour\n\nBerths ships.\n',
  'src/berth.py':
    'def assign_berth(ship):\n    """Assigns the berth with the deepest water to the largest ship."""\n    return ship.draught\n',
  'src/shared.py': 'def opening_hours():\n    """The harbour never closes."""\n    return (0, 24)\n',
};

describe('a window of two folders', () => {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'longsight-folders-'));
  const workspace = path.join(scratch, 'two.code-workspace');
  let server: CodeServer;
  let workbench: Workbench;
  /** What was started, to be ended in the opposite order. */
  const ends: (() => Promise<void>)[] = [];

  const picture = (name: string): Promise<unknown> =>
    workbench.page.screenshot({ path: path.join(pictures, `${name}.png`) });
  const box = (sidebar: FrameLocator): ReturnType<FrameLocator['locator']> =>
    sidebar.locator('vscode-textarea textarea');
  const ask = async (sidebar: FrameLocator, words: string): Promise<void> => {
    await box(sidebar).fill(words);
    await box(sidebar).press('Enter');
    await sidebar.locator('h2.question:not(.older)', { hasText: words }).waitFor();
    await sidebar.locator('.turn:last-child .turn-end').waitFor(patience);
  };
  /** Whether keys go to this element of the page: its document has the focus, and it is the active one. */
  const hasFocus = (sidebar: FrameLocator, selector: string): Promise<void> =>
    sidebar.locator(`${selector}:focus`).waitFor();

  before(async () => {
    rmSync(pictures, { recursive: true, force: true });
    mkdirSync(pictures, { recursive: true });
    for (const [name, files] of Object.entries({ ferry, harbour })) {
      const folder = path.join(scratch, name);
      mkdirSync(folder);
      git(folder, 'init', '--quiet');
      writeFiles(folder, files);
      git(folder, 'add', '--all');
      git(folder, 'commit', '--quiet', '--message', 'first');
    }
    writeFileSync(workspace, JSON.stringify({ folders: [{ path: 'ferry' }, { path: 'harbour' }] }));
    execFileSync(process.execPath, [path.join(root, 'tools/package.mjs'), '--output', scratch], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const rig = await ensureEditorRig();
    server = new CodeServer({
      rig,
      testDriver: false,
      environment: { LONGSIGHT_HOME: path.join(scratch, 'home'), LONGSIGHT_OFFLINE: '1' },
    });
    await server.install(path.join(scratch, `longsight-${process.platform}-${process.arch}.vsix`));
    ends.push(() => server.stop());
    await server.start();
    const browser = await openBrowser(rig, { width: 1400, height: 900 });
    ends.push(() => browser.close());
    workbench = new Workbench(browser.context.pages()[0] ?? (await browser.context.newPage()));
    await workbench.open(server.address(workspace));
    await workbench.showViews();
  });
  afterEach(async (test) => {
    // @types/node 22 does not know it yet; Node 24 does.
    if (!(test as { passed?: boolean }).passed) await picture(`failed ${test.name}`);
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  });

  it('a question is asked over both, and a card opens the file of its own folder', async () => {
    const sidebar = await workbench.sidebar();
    await sidebar.locator('.chip-button', { hasText: 'all repositories' }).waitFor(patience);
    await ask(sidebar, 'Which berth does the largest ship get?');
    const card = sidebar.locator('.card').first();
    assert.equal((await card.locator('.folder').innerText()).trim(), 'harbour/src/');
    await picture('1-both');
    await card.locator('.card-open').click();
    await workbench.page.locator('.tab.active[data-resource-name="berth.py"]').waitFor();
  });

  it('every definition of a name is offered, and the one that is taken is read first', async () => {
    const sidebar = await workbench.sidebar();
    await box(sidebar).fill('');
    await box(sidebar).pressSequentially('When is @opening');
    const rows = sidebar.locator('[role=option]', { hasText: 'opening_hours' });
    await rows.nth(1).waitFor();
    assert.deepEqual((await rows.locator('.quiet').allInnerTexts()).toSorted(), [
      'ferry/src/shared.py:1',
      'harbour/src/shared.py:1',
    ]);
    await picture('2-suggestions');
    await rows.filter({ hasText: 'harbour/' }).click();
    assert.equal((await sidebar.locator('.attachment').innerText()).trim(), 'opening_hours');
    await box(sidebar).pressSequentially('over?');
    await box(sidebar).press('Enter');
    await sidebar.locator('.turn:last-child .attached.asked').waitFor();
    await sidebar.locator('.turn:last-child .turn-end').waitFor(patience);
    const first = sidebar.locator('.turn:last-child .card').first();
    assert.match(await first.innerText(), /shared\.py › opening_hours[\s\S]*harbour\/src\//);
    await picture('3-attached');
    await first.locator('.card-open').click();
    await workbench.page.locator('.tab.active[data-resource-name="shared.py"]').waitFor();
    await workbench.page.locator('.view-line', { hasText: 'never' }).first().waitFor();
  });

  it('the scope is what was typed', async () => {
    const sidebar = await workbench.sidebar();
    await sidebar.locator('.chip-button').first().click();
    await workbench.quickInput().waitFor();
    await workbench.page.keyboard.type('docs');
    await workbench.page.keyboard.press('Enter');
    await sidebar.locator('.chip-button', { hasText: 'ferry/docs' }).waitFor();
    await ask(sidebar, 'Where do heavy cars stand?');
    const folders = await sidebar.locator('.turn:last-child .card .folder').allInnerTexts();
    assert.deepEqual([...new Set(folders.map((one) => one.trim()))], ['ferry/docs/']);
    await picture('4-scope');
  });

  it('Escape in a list gives the focus back to where it came from', async () => {
    const sidebar = await workbench.sidebar();
    for (const at of [0, 1]) {
      const button = sidebar.locator('.chip-button').nth(at);
      await button.focus();
      await workbench.page.keyboard.press('Enter');
      await workbench.quickInput().waitFor();
      await workbench.page.keyboard.press('Escape');
      await workbench.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
      await hasFocus(sidebar, `.chip-button:nth-of-type(${at + 2})`);
      await workbench.page.keyboard.press('Shift+Tab');
      await workbench.page.keyboard.press('Tab');
      await hasFocus(sidebar, `.chip-button:nth-of-type(${at + 2})`);
    }
  });

  it('a new question keeps the old conversation, which can be opened again', async () => {
    const sidebar = await workbench.sidebar();
    await workbench.command('Longsight: New Question');
    await sidebar.locator('.welcome').waitFor();
    await ask(sidebar, 'How are cars loaded?');
    await workbench.command('Longsight: Show Conversations');
    const row = workbench.rows('Which berth');
    await row.waitFor();
    await picture('5-conversations');
    await row.click();
    await sidebar.locator('.question.older', { hasText: 'Which berth' }).waitFor();
    await sidebar.locator('h2.question:not(.older)', { hasText: 'Where do heavy cars stand?' }).waitFor();
  });

  it('conversation and scope are there after a reload', async () => {
    // What was asked is written a moment later.
    await workbench.until('the files of the extension', () => {
      const user = path.join(server.folder, 'user');
      const [kept, shown] = [keptBelow(user), shownBelow(user)];
      // The conversation that was left is kept, and it is the one gone back to that comes back.
      return Promise.resolve(
        ['How are cars loaded?', 'ferry/docs'].every((words) => kept.includes(words)) && shown.includes('Which berth'),
      );
    });
    await workbench.open(server.address(workspace));
    await workbench.command('Longsight: Ask…');
    const sidebar = await workbench.sidebar();
    await sidebar.locator('.question.older', { hasText: 'Which berth' }).waitFor(patience);
    await sidebar.locator('.chip-button', { hasText: 'ferry/docs' }).waitFor();
  });

  it('an explanation and a summary are about the folder that was asked for', async () => {
    const sidebar = await workbench.sidebar();
    await sidebar.locator('.question.older button', { hasText: 'Which berth' }).click();
    await sidebar.locator('.card-open', { hasText: 'assign_berth' }).first().click();
    await workbench.page.locator('.tab.active[data-resource-name="berth.py"]').waitFor();
    await workbench.explain();
    await workbench.threads().locator('a', { hasText: 'berth.py' }).first().waitFor(patience);
    await workbench.command('Longsight: Summarize Repository');
    const row = workbench.rows('harbour');
    await row.waitFor();
    await row.click();
    await workbench.page.locator('.tab', { hasText: 'harbour summary' }).waitFor(patience);
    await picture('6-explained');
  });
});
