/**
 * Pictures of every state of the sidebar in light, dark and both high-contrast themes, 300 and 600 pixels wide and at 200 %
 * zoom, with a sheet of each kind to look at. `npm run pictures [folder]`; out/pictures without one.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openBrowser } from '../test/support/code-server.ts';
import { PageHarness, type ThemeKind } from '../test/support/page-harness.ts';
import { pageStates } from '../test/support/page-states.ts';
import { ensureEditorRig } from './editor-rig.ts';

const variants: readonly {
  readonly name: string;
  readonly theme: ThemeKind;
  readonly width: number;
  readonly height: number;
  readonly scale: number;
}[] = [
  { name: 'light-300', theme: 'light', width: 300, height: 700, scale: 1 },
  { name: 'dark-300', theme: 'dark', width: 300, height: 700, scale: 1 },
  { name: 'light-600', theme: 'light', width: 600, height: 700, scale: 1 },
  { name: 'dark-600', theme: 'dark', width: 600, height: 700, scale: 1 },
  // A side bar of 600 and of 300 pixels of the screen at 200 % zoom has half as many of its own.
  { name: 'light-600-zoom-200', theme: 'light', width: 300, height: 350, scale: 2 },
  { name: 'dark-300-zoom-200', theme: 'dark', width: 150, height: 350, scale: 2 },
  { name: 'high-contrast-300', theme: 'high-contrast', width: 300, height: 700, scale: 1 },
  { name: 'high-contrast-light-300', theme: 'high-contrast-light', width: 300, height: 700, scale: 1 },
];

const folder = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '../out/pictures'));
rmSync(folder, { recursive: true, force: true });
const rig = await ensureEditorRig();
const harness = new PageHarness();
await harness.start();
let count = 0;
for (const { name, theme, width, height, scale } of variants) {
  const target = path.join(folder, name);
  mkdirSync(target, { recursive: true });
  const browser = await openBrowser(rig, { width, height, scale, reducedMotion: 'reduce' });
  for (const state of pageStates) {
    const { page, problems } = await harness.open(browser.context, theme);
    await harness.show(page, state);
    await page.screenshot({ path: path.join(target, `${state.name}.png`) });
    for (const problem of problems) process.stderr.write(`${name} ${state.name}: ${problem}\n`);
    await page.close();
    count += 1;
  }
  await browser.close();
}
harness.stop();
await sheets();
process.stdout.write(`${count} pictures of ${pageStates.length} states in ${path.relative(process.cwd(), folder)}\n`);

/** One large picture a kind, so that a change shows at a glance. */
async function sheets(): Promise<void> {
  for (const { name, width, height, scale } of variants) {
    const browser = await openBrowser(rig, {
      width: Math.min(1900, (Math.min(width * scale, 600) + 12) * 6),
      height: 900,
    });
    const page = browser.context.pages()[0] ?? (await browser.context.newPage());
    const cells = readdirSync(path.join(folder, name))
      .filter((file) => file.endsWith('.png'))
      .map((file) => {
        const data = readFileSync(path.join(folder, name, file)).toString('base64');
        return `<figure><img width="${width * scale}" height="${height * scale}" src="data:image/png;base64,${data}"><figcaption>${file.replace('.png', '')}</figcaption></figure>`;
      });
    await page.setContent(
      `<style>body{margin:6px;background:#888;font:13px sans-serif;display:flex;flex-wrap:wrap;gap:8px}figure{margin:0}img{display:block}</style>${cells.join('')}`,
    );
    await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
    await browser.close();
  }
}
