/** Reads the colour tokens that VS Code gives a webview in each kind of theme into test/support/theme-tokens.json, for pictures outside of it. Run after `npm run build`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CodeServer, openBrowser } from '../test/support/code-server.ts';
import { writeSampleRepository } from '../test/support/sample-repository.ts';
import { buildTests } from './build-tests.ts';
import { ensureEditorRig } from './editor-rig.ts';

const root = path.join(import.meta.dirname, '..');
const themes = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
};

const rig = await ensureEditorRig();
const { scriptedEngine } = await buildTests();
const folder = mkdtempSync(path.join(os.tmpdir(), 'longsight-themes-'));
writeSampleRepository(folder);
/** Only what the page can ask for; a theme has a thousand more. */
const used = new Set(
  ['main.js', 'style.css'].flatMap(
    (name) => readFileSync(path.join(root, 'dist/webview', name), 'utf8').match(/--vscode-[\w-]+/g) ?? [],
  ),
);

const captured: Record<string, { bodyClass: string; tokens: Record<string, string> }> = {};
for (const [kind, theme] of Object.entries(themes)) {
  const server = new CodeServer({
    rig,
    testDriver: true,
    environment: { LONGSIGHT_TEST_ENGINE: scriptedEngine },
    settings: { 'workbench.colorTheme': theme, 'window.autoDetectColorScheme': false },
  });
  await server.start();
  const browser = await openBrowser(rig, { width: 1200, height: 800 });
  try {
    const page = browser.context.pages()[0] ?? (await browser.context.newPage());
    await page.goto(
      server.address(folder, [['extensionDevelopmentPath', `vscode-remote://${server.authority}${root}`]]),
    );
    await page.locator('.activitybar .action-item a[aria-label^="Longsight"]').click({ timeout: 60_000 });
    const inner = page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
    await inner.locator('vscode-textarea').waitFor({ timeout: 60_000 });
    // The theme of an extension comes a moment after the workbench.
    await page.waitForTimeout(2500);
    const { style, bodyClass } = await inner
      .locator('html')
      .evaluate((html) => ({ style: html.getAttribute('style') ?? '', bodyClass: html.ownerDocument.body.className }));
    const tokens = [...style.matchAll(/(--vscode-[\w-]+):\s*([^;]+)/g)].flatMap(([, name, value]) =>
      name && value && used.has(name) ? [[name, value.trim()] as const] : [],
    );
    captured[kind] = { bodyClass, tokens: Object.fromEntries(tokens.sort(([a], [b]) => (a < b ? -1 : 1))) };
    process.stdout.write(`${kind}: ${tokens.length} tokens, ${bodyClass}\n`);
  } finally {
    await browser.close();
    await server.stop();
  }
}
rmSync(folder, { recursive: true, force: true });
writeFileSync(path.join(root, 'test/support/theme-tokens.json'), `${JSON.stringify(captured, null, 2)}\n`);
