/** The sidebar's page in a plain browser: the built files behind the same security policy, with the tokens of a VS Code theme, and messages played to it. */
import { readFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { pageHtml } from '../../src/extension/ask/page.ts';
import { pageStrings } from '../../src/extension/ask/page-strings.ts';
import type { ToPage } from '../../src/protocol/webview.ts';
import type { PageStateCase } from './page-states.ts';

const root = path.join(import.meta.dirname, '../..');
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
  '.json': 'application/json',
};

export type ThemeKind = 'light' | 'dark' | 'high-contrast' | 'high-contrast-light';
const themes = JSON.parse(readFileSync(path.join(import.meta.dirname, 'theme-tokens.json'), 'utf8')) as Record<
  ThemeKind,
  { bodyClass: string; tokens: Record<string, string> }
>;

export class PageHarness {
  readonly #server: Server;
  #origin = '';

  constructor() {
    this.#server = createServer(({ url = '/' }, response) => {
      const name = new URL(url, 'http://page').pathname;
      if (name === '/') {
        const html = pageHtml({
          cspSource: this.#origin,
          script: '/main.js',
          style: '/style.css',
          codicons: '/codicon.css',
          language: 'en',
          title: 'Longsight',
        });
        response.setHeader('content-type', 'text/html; charset=utf-8').end(html);
        return;
      }
      try {
        const body = readFileSync(path.join(root, 'dist/webview', path.basename(name)));
        response.setHeader('content-type', types[path.extname(name)] ?? 'application/octet-stream').end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (typeof address !== 'object' || !address) throw new Error('the page has no address');
    this.#origin = `http://127.0.0.1:${address.port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Opens the page as VS Code would in that theme. What the page sends is in `sent` of its window; problems of the console come back. */
  async open(context: BrowserContext, theme: ThemeKind): Promise<{ page: Page; problems: string[] }> {
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.addInitScript(() => {
      const sent: unknown[] = [];
      Object.assign(window, {
        sent,
        acquireVsCodeApi: () => ({
          postMessage: (message: unknown) => sent.push(message),
          // As VS Code does, over a reload too, and for this page alone.
          getState: () => JSON.parse(window.name === '' ? 'null' : window.name) as unknown,
          setState: (state: unknown) => (window.name = JSON.stringify(state)),
        }),
      });
    });
    await page.goto(this.#origin);
    await dress(page, theme);
    page.on('load', () => {
      // A page that is closed meanwhile needs no theme.
      dress(page, theme).catch(() => undefined);
    });
    return { page, problems };
  }

  /** Shows a state on an opened page. */
  async show(page: Page, state: PageStateCase, translate = (text: string): string => text): Promise<void> {
    await send(page, {
      type: 'init',
      strings: pageStrings({ t: translate }),
      locale: 'en',
      surroundings: state.surroundings,
      turns: [...state.turns],
      questions: ['What is a route?', 'How are routes registered?'],
    });
    await page.locator('#page > *').first().waitFor();
    await page.evaluate(async () => {
      await document.fonts.ready;
      for (let frames = 0; frames < 2; frames += 1) await new Promise(requestAnimationFrame);
    });
    // Pictures begin at the top, as a reader would.
    await page.evaluate(() => {
      const scroller = document.querySelector('.turns');
      if (scroller) scroller.scrollTop = 0;
    });
    await state.act?.(page);
  }
}

/** Gives the page the tokens of a theme, as VS Code does. */
async function dress(page: Page, theme: ThemeKind): Promise<void> {
  const { bodyClass, tokens } = themes[theme];
  await page.evaluate(
    (given) => {
      for (const [name, value] of Object.entries(given.tokens)) document.documentElement.style.setProperty(name, value);
      document.body.className = given.bodyClass;
      document.documentElement.style.background = 'var(--vscode-sideBar-background)';
    },
    { bodyClass, tokens },
  );
}

/** Plays one message of the extension host to the page; resolves when the page has drawn it, however slow the machine is. */
export function send(page: Page, message: ToPage): Promise<void> {
  return post(page, message);
}

/** As {@link send}, for something that is no message. */
export async function post(page: Page, data: unknown): Promise<void> {
  await page.evaluate(
    (posted) =>
      new Promise<void>((resolve) => {
        window.addEventListener(
          'message',
          () => {
            // The page's own listener came first, and draws within a frame of 16 ms: this timer is due after that one.
            setTimeout(resolve, 30);
          },
          { once: true },
        );
        window.postMessage(posted, '*');
      }),
    data,
  );
}

/** What the page has sent to the extension host so far. */
export function sentBy(page: Page): Promise<readonly { readonly type: string; readonly [field: string]: unknown }[]> {
  return page.evaluate(() => (window as unknown as { sent: { type: string }[] }).sent);
}
