/**
 * The whole way, as a user goes it: the packaged extension installed in a real VS Code, the real engine and models, a real
 * repository; ask, stop, open a citation, explain, summarise, reload, and all of it again with the keyboard alone.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FrameLocator } from 'playwright-core';
import { ensureEditorRig } from '../../tools/editor-rig.ts';
import { CodeServer, openBrowser } from '../support/code-server.ts';
import { makeModelsHome } from '../support/models-home.ts';
import { Workbench, comes, keptBelow } from './workbench.ts';

const root = path.join(import.meta.dirname, '../..');
const pictures = path.join(root, 'out/end-to-end');
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
/** The decoder runs on whatever this machine has, and what it needs is made at the first question. */
const patience = { timeout: 300_000 };
const question = 'How is the engine started again after a crash?';

describe('the extension in a real VS Code', () => {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'longsight-end-to-end-'));
  const repository = path.join(scratch, 'repository');
  let server: CodeServer;
  let workbench: Workbench;
  /** What was started, to be ended in the opposite order. */
  const ends: (() => Promise<void>)[] = [];

  const picture = (name: string): Promise<unknown> =>
    workbench.page.screenshot({ path: path.join(pictures, `${name}.png`) });
  const ask = async (sidebar: FrameLocator, words: string): Promise<void> => {
    await sidebar.locator('vscode-textarea textarea').fill(words);
    await sidebar.locator('vscode-textarea textarea').press('Enter');
    await sidebar.locator('h2.question:not(.older)', { hasText: words }).waitFor();
  };
  /** Holds the engine of the window where it is. @returns its process */
  const holdEngine = (): number => {
    const module = `${path.join(server.folder, 'extensions')}.*dist/engine.mjs`;
    const pid = Number(execFileSync('pgrep', ['--newest', '--full', module], { encoding: 'utf8' }));
    process.kill(pid, 'SIGSTOP');
    return pid;
  };
  const finished = (sidebar: FrameLocator): Promise<void> =>
    sidebar.locator('.turn:last-child .turn-end').waitFor(patience);

  before(async () => {
    rmSync(pictures, { recursive: true, force: true });
    mkdirSync(pictures, { recursive: true });
    // This repository, as committed: code that the tests did not make up.
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, repository]);
    execFileSync(process.execPath, [path.join(root, 'tools/package.mjs'), '--output', scratch], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const rig = await ensureEditorRig();
    const home = await makeModelsHome(path.join(scratch, 'home'));
    server = new CodeServer({ rig, testDriver: false, environment: { LONGSIGHT_HOME: home } });
    const installed = await server.install(path.join(scratch, `longsight-${process.platform}-${process.arch}.vsix`));
    assert.match(installed, /^longsight\.longsight@\d/m);
    ends.push(() => server.stop());
    await server.start();
    const browser = await openBrowser(rig, { width: 1400, height: 900 });
    ends.push(() => browser.close());
    workbench = new Workbench(browser.context.pages()[0] ?? (await browser.context.newPage()));
    await workbench.open(server.address(repository));
  });
  afterEach(async (test) => {
    // @types/node 22 does not know it yet; Node 24 does.
    if (!(test as { passed?: boolean }).passed) await picture(`failed ${test.name}`);
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  });

  it('asks: evidence, then an answer, with what it took', async () => {
    await workbench.showViews();
    const sidebar = await workbench.sidebar();
    await picture('1-sidebar');
    await ask(sidebar, question);
    await sidebar.locator('.card').first().waitFor(patience);
    await picture('2-evidence');
    await finished(sidebar);
    await picture('3-answer');
    await sidebar.locator('.card').first().waitFor();
    assert.match((await sidebar.locator('.local').last().textContent()) ?? '', /0 requests sent/);
    await sidebar.locator('.coverage-line').last().click();
    // The model only quotes, and reads nothing where no line says more than the cards.
    assert.match((await sidebar.locator('.budget').textContent()) ?? '', /search [\d.]+ s/);
    await picture('4-budget');
  });

  it('the page is accessible inside VS Code as well', async () => {
    const frame = workbench.page.frames().find((candidate) => candidate.url().includes('fake.html'));
    assert.ok(frame);
    await frame.evaluate(axe);
    const violations = await frame.evaluate(async () => {
      const { violations: found } = await (
        window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
      ).axe.run();
      return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
    });
    assert.deepEqual(violations, []);
  });

  it('a card opens its exact lines, marked, and the mark fades', async () => {
    const sidebar = await workbench.sidebar();
    const card = sidebar.locator('.card').first();
    const range = (await card.locator('.range').textContent()) ?? '';
    const file = (await card.locator('.file').textContent()) ?? '';
    const mark = workbench.page.locator('.monaco-editor [class*="TextEditorDecorationType"]').first();
    // It fades by itself: on a busy machine it would be gone before the tab and the cursor have been looked at.
    const marked = mark.waitFor({ state: 'attached' });
    await card.locator('.card-open').click();
    await marked;
    await picture('5-citation');
    await workbench.activeTab(file).waitFor();
    await workbench.line(Number.parseInt(range, 10));
    await mark.waitFor({ state: 'detached' });
  });

  it('stops with Escape, keeps what is there, and continues', async () => {
    const sidebar = await workbench.sidebar();
    const again = sidebar.locator('.turn:last-child vscode-button', { hasText: 'Continue' });
    // On a fast machine an answer may be finished before the key arrives; then the next question is asked.
    let stopped = false;
    for (const part of ['citations', 'explanations', 'summaries', 'embeddings', 'budgets', 'downloads']) {
      await ask(sidebar, `Which parts of this repository deal with ${part}, and how do they work together?`);
      await sidebar.locator('vscode-textarea textarea').press('Escape');
      await sidebar.locator('.go:not(.running)').waitFor(patience);
      // The page draws the button and the end of the turn at once.
      stopped = (await again.count()) > 0;
      if (stopped) break;
    }
    assert.ok(stopped, 'a question was stopped');
    await picture('6-stopped');
    const turns = await sidebar.locator('.turn').count();
    await again.click();
    // A stopped turn may have an end already: what ends next is what was continued.
    await again.waitFor({ state: 'detached' });
    await finished(sidebar);
    assert.equal(await sidebar.locator('.turn').count(), turns);
    assert.equal(await again.count(), 0);
  });

  it('explains beside the code', async () => {
    await workbench.file('src/base/disposable.ts', 22);
    await workbench.explain();
    const thread = workbench.threads().first();
    await thread.locator('.review-comment-contents a[href], .comment-body a').first().waitFor(patience);
    await picture('7-explanation');
    assert.match((await thread.textContent()) ?? '', /Longsight/);
  });

  it('summarises the repository, with progress, into a preview whose links lead to the files', async () => {
    // It is shown only while it runs, which may be short.
    const progress = workbench.page.locator('.notifications-toasts', { hasText: 'Summarizing' }).waitFor();
    await workbench.command('Longsight: Summarize Repository');
    await progress;
    await picture('8-summary-progress');
    await workbench.activeTab('repository summary').waitFor(patience);
    const preview = workbench.preview();
    await preview.locator('h1').first().waitFor();
    await picture('9-summary');
    // A link to a Markdown file would open in the preview itself.
    const link = preview.locator('a[data-href*=".ts#L"]').first();
    const target = (await link.getAttribute('data-href')) ?? '';
    // VS Code selects the lines of a link: the cursor stands in the last one.
    const there = workbench.atLine(Number(/L(\d+)$/.exec(target)?.[1]));
    // The preview shows its text before its links do anything.
    await workbench.until(target, async () => {
      await link.click();
      return comes(there, 10_000);
    });
    await picture('10-summary-link');
  });

  it('conversation, summary and explanation are there after a reload', async () => {
    // The summary is what is shown when the window is opened again, before any extension runs.
    await workbench.page.locator('.tab', { hasText: 'repository summary' }).click();
    await workbench.preview().locator('h2').first().waitFor(patience);
    // What is asked or made is written a moment later, and VS Code in a browser keeps its open tabs every few seconds.
    await workbench.keptTab('repository summary');
    await workbench.keptTab('disposable.ts');
    const written = [question, '"summaries":[{', '"explanations":[{'];
    await workbench.until('the files of the extension', () => {
      const kept = keptBelow(path.join(server.folder, 'user'));
      return Promise.resolve(written.every((words) => kept.includes(words)));
    });
    await workbench.open(server.address(repository));
    await workbench.page.locator('.tab', { hasText: 'repository summary' }).click();
    // A preview takes the focus when it is there.
    await workbench.preview().locator('h2').first().waitFor(patience);
    await workbench.command('Longsight: Ask…');
    const sidebar = await workbench.sidebar();
    await sidebar.locator('.question.older', { hasText: question }).waitFor();
    // The command puts the cursor there when the page is ready.
    await sidebar.locator('vscode-textarea textarea:focus').waitFor();
    await workbench.page.locator('.tab', { hasText: 'disposable.ts' }).click();
    await workbench.page.locator('.review-widget, .comment-range-glyph, [class*="comment-thread"]').first().waitFor();
    await picture('11-reloaded');
  });

  it('all three jobs with the keyboard alone', async () => {
    const { keyboard } = workbench.page;
    await workbench.command('Longsight: New Question');
    const sidebar = await workbench.sidebar();
    await sidebar.locator('.welcome').waitFor();
    // The command puts the cursor into the question box.
    await sidebar.locator('vscode-textarea textarea:focus').waitFor();
    await keyboard.type('Where are user-facing errors numbered?');
    await keyboard.press('Enter');
    await finished(sidebar);
    // Question box, attach, scope, model, ask; a banner while something is under way; then the first card.
    const focused = sidebar.locator('.card:focus-within');
    for (let i = 0; i < 8 && (await focused.count()) === 0; i += 1) await keyboard.press('Tab');
    const file = (await focused.locator('.file').textContent()) ?? '';
    await keyboard.press('Enter');
    await workbench.activeTab(file).waitFor();
    await workbench.explain();
    await workbench.threads().locator('.comment-body a, .review-comment-contents a[href]').first().waitFor(patience);
    await picture('12-keyboard-explain');
    await workbench.command('Longsight: Summarize Repository');
    await workbench.activeTab('repository summary').waitFor(patience);
    await workbench.preview().locator('h2').first().waitFor(patience);
    await picture('13-keyboard-summary');
  });

  it('an engine that is killed in an answer: it is said, and one click goes on', async () => {
    const sidebar = await workbench.sidebar();
    // A process that is held takes the question and answers nothing: it dies in the middle of it, however fast the machine is.
    const pid = holdEngine();
    await ask(sidebar, 'Where are prompts kept on the disk?');
    process.kill(pid, 'SIGKILL');
    const message = sidebar.locator('.turn:last-child .message.error');
    await message.locator('span', { hasText: 'The engine stopped working during this question.' }).first().waitFor();
    await picture('14-killed-answer');
    await message.locator('vscode-button', { hasText: 'Continue' }).click();
    await finished(sidebar);
    await sidebar.locator('.turn:last-child .card').first().waitFor();
    assert.equal(await message.count(), 0);
  });

  it('an engine that is killed in a summary: it is said, and one click goes on', async () => {
    const pid = holdEngine();
    const progress = workbench.page.locator('.notifications-toasts', { hasText: 'Summarizing' });
    const begun = progress.waitFor();
    await workbench.command('Longsight: Summarize Repository');
    await begun;
    process.kill(pid, 'SIGKILL');
    // The second crash in a row: no engine is started again before someone asks for it, which this click does.
    const goOn = workbench.page.locator('.notifications-toasts .monaco-button', { hasText: 'Go On with the Summary' });
    await goOn.waitFor();
    await picture('15-killed-summary');
    const again = progress.waitFor();
    await goOn.click();
    await again;
    await progress.waitFor({ state: 'hidden', ...patience });
    await workbench.activeTab('repository summary').waitFor();
    await workbench.preview().locator('h2').first().waitFor(patience);
    assert.equal(await goOn.count(), 0);
  });

  it('nothing outside of this machine was asked for', () => {
    assert.deepEqual([...workbench.foreignHosts], []);
  });
});
