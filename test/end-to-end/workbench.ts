/**
 * Driving VS Code's workbench as a user does: palette, quick open, keys, the side bar's page inside its frames. Nothing here
 * relies on how fast the machine is: a key is pressed when what takes it has the focus, and once more when it was lost on a
 * part of the workbench that was still loading.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { patienceMs } from '../support/code-server.ts';

/** After this long a key that did nothing is taken for lost, milliseconds. */
const lostMs = 10_000;
const tries = 6;

export class Workbench {
  readonly page: Page;
  /** Hosts other than this machine that the workbench asked for something. */
  readonly foreignHosts = new Set<string>();

  constructor(page: Page) {
    this.page = page;
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      // A webview's own files have such names too; its service worker answers them, and they never leave the browser.
      const isWebviewFile = hostname.endsWith('.vscode-resource.vscode-cdn.net');
      if (/^https?:$/.test(protocol) && hostname !== '127.0.0.1' && !isWebviewFile) this.foreignHosts.add(hostname);
    });
  }

  /** Opens a window; resolves when our extension has been activated in it. */
  async open(address: string): Promise<void> {
    await this.page.goto(address, { waitUntil: 'domcontentloaded' });
    await this.page.locator('.statusbar-item', { hasText: 'Longsight' }).waitFor();
  }

  /** Brings up our views by their icon. */
  async showViews(): Promise<void> {
    const icon = this.page.locator('.activitybar .action-item', {
      has: this.page.locator('[aria-label^="Longsight"]'),
    });
    // A click on the icon of views that are shown would hide them.
    if ((await this.page.locator('.activitybar .action-item.checked [aria-label^="Longsight"]').count()) === 0)
      await icon.locator('a').click();
  }

  /** The page of the Ask view, once VS Code has put it there and it can be asked. */
  async sidebar(): Promise<FrameLocator> {
    const frame = this.page
      .frameLocator('iframe.webview.ready[src*="extensionId=longsight.longsight"]')
      .frameLocator('iframe#active-frame');
    await frame.locator('vscode-textarea').waitFor();
    return frame;
  }

  /** Runs a command by its title in the palette, with the keyboard alone. */
  async command(title: string): Promise<void> {
    await this.until(`"${title}" in the palette`, async () => {
      await this.page.keyboard.press('F1');
      if (!(await comes(this.quickInput(), lostMs))) return false;
      await this.page.keyboard.insertText(title);
      // Until the list is of these letters, Enter would run another command.
      return (
        (await this.quickInput().inputValue()) === `>${title}` && comes(this.rows(title).and(this.focusedRow()), lostMs)
      );
    });
    await this.page.keyboard.press('Enter');
  }

  /** The input of a quick pick or of the palette, when keys go to it. */
  quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible input:focus');
  }

  /** Rows of a quick pick with these words. */
  rows(words: string): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: words });
  }

  /** The row that Enter takes. */
  focusedRow(): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row.focused');
  }

  /** Explains what is under the cursor, with the keys; they are pressed once the text has the focus, as a user does. */
  async explain(): Promise<void> {
    const before = await this.threads().count();
    await this.until('an explanation', async () => {
      await this.page.locator('.editor-instance .monaco-editor.focused').waitFor();
      await this.page.keyboard.press('Control+k');
      await this.page.keyboard.press('x');
      return comes(this.threads().nth(before), lostMs);
    });
  }

  /** Explanations that are shown beside the code, the last one asked for at the end. */
  threads(): Locator {
    return this.page.locator('.review-widget');
  }

  /** The Markdown preview. */
  preview(): FrameLocator {
    return this.page
      .frameLocator('iframe.webview.ready[src*="extensionId=vscode.markdown-language-features"]')
      .frameLocator('iframe#active-frame');
  }

  /** The tab of a file or of a preview, when it is the one that is shown. */
  activeTab(title: string): Locator {
    return this.page.locator('.tab.active', { hasText: title });
  }

  /** Opens a file at a line by quick open. */
  async file(file: string, line: number): Promise<void> {
    const name = file.split('/').at(-1) ?? file;
    await this.until(`${file} at line ${line}`, async () => {
      await this.page.keyboard.press('Control+p');
      const input = this.page.locator('.quick-input-widget:visible input');
      if (!(await comes(input, lostMs))) return false;
      await input.fill(`${file}:${line}`);
      if (!(await comes(this.rows(name).and(this.focusedRow()).first(), lostMs))) return false;
      await this.page.keyboard.press('Enter');
      return (await comes(this.activeTab(name), lostMs)) && comes(this.atLine(line), lostMs);
    });
  }

  /** Waits until the cursor is in that line. */
  async line(line: number): Promise<void> {
    await this.atLine(line).waitFor();
  }

  /** What the status bar says when the cursor is in that line. */
  atLine(line: number): Locator {
    return this.page.locator('.statusbar-item', { hasText: `Ln ${line},` });
  }

  /** Waits until the browser has stored that a tab of this name is open, which VS Code writes every few seconds. */
  async keptTab(name: string): Promise<void> {
    await this.until(
      `a stored tab of ${name}`,
      () =>
        this.page.evaluate(async (wanted) => {
          for (const { name: database } of await indexedDB.databases()) {
            if (!database?.startsWith('vscode-web-state-db-')) continue;
            const opened = indexedDB.open(database);
            const values = await new Promise<unknown[]>((resolve, reject) => {
              opened.onerror = (): void => {
                reject(new Error(database));
              };
              opened.onsuccess = (): void => {
                if (!opened.result.objectStoreNames.contains('ItemTable')) {
                  resolve([]);
                  return;
                }
                const all = opened.result.transaction('ItemTable').objectStore('ItemTable').getAll();
                all.onsuccess = (): void => {
                  resolve(all.result as unknown[]);
                };
                all.onerror = (): void => {
                  reject(new Error(database));
                };
              };
            });
            opened.result.close();
            if (
              values.some(
                (value) => typeof value === 'string' && value.includes('editorpart') && value.includes(wanted),
              )
            )
              return true;
          }
          return false;
        }, name),
      patienceMs / 500,
    );
  }

  /** Tries until it is so. */
  async until(what: string, attempt: () => Promise<boolean>, most = tries): Promise<void> {
    for (let left = most; left > 0; left -= 1) {
      if (await attempt()) return;
      await this.page.waitForTimeout(500);
    }
    throw new Error(`did not come: ${what}`);
  }
}

/** Whether it is shown within this time. */
export function comes(locator: Locator, ms: number): Promise<boolean> {
  return locator.waitFor({ timeout: ms }).then(
    () => true,
    () => false,
  );
}

/** What our extension has written to its storage, all files below this user's folder in one. */
export function keptBelow(userFolder: string): string {
  return readdirSync(userFolder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.json') && entry.parentPath.includes('longsight.longsight'),
    )
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

/** What is kept of the conversation that is shown, which is the one that a reload brings back; empty: none is kept as shown. */
export function shownBelow(userFolder: string): string {
  const list = readdirSync(userFolder, { recursive: true, withFileTypes: true }).find(
    (entry) => entry.name === 'list.json' && entry.parentPath.includes('longsight.longsight'),
  );
  if (!list) return '';
  const { current } = JSON.parse(readFileSync(path.join(list.parentPath, list.name), 'utf8')) as {
    current: string | null;
  };
  const file = path.join(list.parentPath, `${current ?? ''}.json`);
  return current !== null && existsSync(file) ? readFileSync(file, 'utf8') : '';
}
