/** The answer's text as an element that streams: only blocks that changed are replaced, and the focus stays where it was. */
import { setHtml } from './trusted-html.ts';

export interface AnswerTextOptions {
  readonly onCite: (citation: number) => void;
  /** Copies the code of a block. */
  readonly onCopy: (code: string) => void;
  /** What the button over a block of code says. */
  readonly copyLabel: string;
}

/** What can have the focus in a block. */
const focusable = '[data-cite], .copy';
/** How long the button shows that it has copied, milliseconds. */
const copiedMs = 1600;

export class AnswerText {
  readonly element = document.createElement('div');
  readonly #options: AnswerTextOptions;
  #blocks: string[] = [];

  constructor(options: AnswerTextOptions) {
    this.#options = options;
    this.element.className = 'answer-text';
    this.element.addEventListener('click', (event) => {
      const target = event.target instanceof Element ? event.target : null;
      const chip = target?.closest('[data-cite]');
      const number = Number(chip?.getAttribute('data-cite'));
      if (chip && Number.isInteger(number)) options.onCite(number);
      const copy = target?.closest('.copy');
      if (copy) this.#copy(copy);
    });
  }

  /** Shows these blocks. */
  update(blocks: string[]): void {
    const { children } = this.element;
    blocks.forEach((html, i) => {
      const existing = children[i];
      if (existing && this.#blocks[i] === html) return;
      const block = existing ?? this.element.appendChild(document.createElement('div'));
      const focused = focusedIn(block);
      setHtml(block, html);
      for (const pre of block.querySelectorAll('pre')) this.#addCopy(pre);
      if (focused !== null) block.querySelectorAll<HTMLElement>(focusable)[focused]?.focus({ preventScroll: true });
    });
    while (children.length > blocks.length) children[children.length - 1]?.remove();
    this.#blocks = blocks;
  }

  /** Puts the button into the corner of the code; it stands after it, for the code is read first. */
  #addCopy(pre: Element): void {
    const around = document.createElement('div');
    around.className = 'code';
    pre.replaceWith(around);
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy icon-button';
    button.title = this.#options.copyLabel;
    button.setAttribute('aria-label', this.#options.copyLabel);
    button.append(iconOf('copy'));
    around.append(pre, button);
  }

  #copy(button: Element): void {
    const code = button.parentElement?.querySelector('code')?.cloneNode(true);
    if (!(code instanceof Element)) return;
    // What we say of the code is none of it.
    for (const note of code.querySelectorAll('.unsupported-note')) note.remove();
    this.#options.onCopy(code.textContent.replace(/\n$/, ''));
    button.replaceChildren(iconOf('check'));
    setTimeout(() => {
      button.replaceChildren(iconOf('copy'));
    }, copiedMs);
  }
}

function iconOf(name: string): HTMLElement {
  const icon = document.createElement('vscode-icon');
  icon.setAttribute('name', name);
  return icon;
}

/** Which of the block's chips and buttons has the focus, from 0; null when none has. */
function focusedIn(block: Element): number | null {
  const { activeElement } = document;
  const at = [...block.querySelectorAll(focusable)].findIndex((one) => one === activeElement);
  return at < 0 ? null : at;
}
