/** The answer's text as an element that streams: only blocks that changed are replaced, and the focus stays where it was. */
import { setHtml } from './trusted-html.ts';

export class AnswerText {
  readonly element = document.createElement('div');
  #blocks: string[] = [];

  constructor(onCite: (citation: number) => void) {
    this.element.className = 'answer-text';
    this.element.addEventListener('click', (event) => {
      const chip = event.target instanceof Element ? event.target.closest('[data-cite]') : null;
      const number = Number(chip?.getAttribute('data-cite'));
      if (chip && Number.isInteger(number)) onCite(number);
    });
  }

  /** Shows these blocks. */
  update(blocks: string[]): void {
    const { children } = this.element;
    blocks.forEach((html, i) => {
      const existing = children[i];
      if (existing && this.#blocks[i] === html) return;
      const block = existing ?? this.element.appendChild(document.createElement('div'));
      const focused = focusedChip(block);
      setHtml(block, html);
      if (focused !== null) block.querySelectorAll<HTMLElement>('[data-cite]')[focused]?.focus({ preventScroll: true });
    });
    while (children.length > blocks.length) children[children.length - 1]?.remove();
    this.#blocks = blocks;
  }
}

/** Which of the block's chips has the focus, from 0; null when none has. */
function focusedChip(block: Element): number | null {
  const { activeElement } = document;
  const at = [...block.querySelectorAll('[data-cite]')].findIndex((chip) => chip === activeElement);
  return at < 0 ? null : at;
}
