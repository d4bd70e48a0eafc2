/** Driving VS Code's workbench as a user does: palette, quick open, keys, the side bar's page inside its frames. */
import type { FrameLocator, Page } from 'playwright-core';

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

  async open(address: string): Promise<void> {
    await this.page.goto(address, { waitUntil: 'domcontentloaded' });
    await this.page.locator('.statusbar-item', { hasText: 'Longsight' }).waitFor({ timeout: 90_000 });
  }

  /** The page of the Ask view, once VS Code has put it there. */
  async sidebar(): Promise<FrameLocator> {
    const frame = this.page
      .frameLocator('iframe.webview.ready[src*="extensionId=longsight.longsight"]')
      .frameLocator('iframe#active-frame');
    await frame.locator('vscode-textarea').waitFor({ timeout: 60_000 });
    return frame;
  }

  /** Runs a command by its title in the palette, with the keyboard alone. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.page.locator('.quick-input-widget input').waitFor({ state: 'visible' });
    await this.page.keyboard.insertText(title);
    await this.page
      .locator('.quick-input-list .monaco-list-row', { hasText: title })
      .first()
      .waitFor({ timeout: 15_000 });
    await this.page.keyboard.press('Enter');
  }

  /** Explains what is under the cursor, with the keys; they are pressed once the text has the focus, as a user does. */
  async explain(): Promise<void> {
    await this.page.locator('.editor-instance .monaco-editor.focused').waitFor({ timeout: 15_000 });
    await this.page.keyboard.press('Control+k');
    await this.page.keyboard.press('x');
  }

  /** The Markdown preview. */
  preview(): FrameLocator {
    return this.page
      .frameLocator('iframe.webview.ready[src*="extensionId=vscode.markdown-language-features"]')
      .frameLocator('iframe#active-frame');
  }

  /** Opens a file at a line by quick open; again when something that was still loading took the focus from it. */
  async file(path: string, line: number): Promise<void> {
    const name = path.split('/').at(-1) ?? path;
    const tab = this.page.locator('.tab.active', { hasText: name });
    for (let tries = 0; tries < 4; tries += 1) {
      await this.page.keyboard.press('Control+p');
      const input = this.page.locator('.quick-input-widget input');
      await input.waitFor({ state: 'visible' });
      await input.fill(`${path}:${line}`);
      await this.page
        .locator('.quick-input-list .monaco-list-row', { hasText: name })
        .first()
        .waitFor({ timeout: 15_000 });
      await this.page.keyboard.press('Enter');
      const opened = await tab.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
      if (opened) break;
    }
    await tab.waitFor();
    await this.line(line);
  }

  /** Waits until the cursor is in that line. */
  async line(line: number): Promise<void> {
    await this.page.locator('.statusbar-item', { hasText: `Ln ${line},` }).waitFor({ timeout: 15_000 });
  }
}
