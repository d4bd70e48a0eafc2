/** The list behind @ and #: what the editor shows, files and symbols, or folders, as the user types. The text box keeps the focus; the list is pointed at. */
import { type TemplateResult, html, nothing } from 'lit';
import type { CompletionView } from '../src/protocol/webview.ts';
import { repositoryName, splitPath } from './format.ts';
import { breakable } from './names.ts';
import type { PageState } from './page-state.ts';

/** The word being completed: where it begins in the text, and what stands of it. */
export interface Trigger {
  readonly start: number;
  readonly end: number;
  readonly kind: 'file-or-symbol' | 'folder';
  readonly prefix: string;
}

export interface SuggestionList {
  readonly trigger: Trigger;
  readonly items: readonly CompletionView[];
  readonly active: number;
}

/** The @ or # word before the cursor, or null. A sign inside a word, as in an address, is none. */
export function findTrigger(text: string, caret: number): Trigger | null {
  const match = /(?:^|[\s(])([@#])([^\s@#]*)$/.exec(text.slice(0, caret));
  const prefix = match?.[2];
  if (!match || prefix === undefined) return null;
  return { start: caret - prefix.length - 1, end: caret, kind: match[1] === '#' ? 'folder' : 'file-or-symbol', prefix };
}

/**
 * The text with the word replaced by the name, which is a word of the question like any other; a folder goes to the scope
 * instead, and what the editor shows is only put beside the question: they leave no word behind.
 */
export function accept(text: string, { start, end }: Trigger, item: CompletionView): { text: string; caret: number } {
  const word = item.kind === 'file' || item.kind === 'symbol' ? `${item.label} ` : '';
  const rest = text.slice(end);
  return { text: text.slice(0, start) + word + (word === '' ? rest.trimStart() : rest), caret: start + word.length };
}

const icons = {
  file: 'file',
  symbol: 'symbol-method',
  folder: 'folder',
  selection: 'selection',
  'open-file': 'go-to-file',
} as const;

export const optionId = (at: number): string => `suggestion-${at}`;

export function suggestionList(
  state: PageState,
  list: SuggestionList | null,
  choose: (at: number) => void,
): TemplateResult | typeof nothing {
  if (!list || list.items.length === 0) return nothing;
  return html`<ul class="suggestions" id="suggestions" role="listbox" aria-label=${state.words.t('suggestions')}>
    ${list.items.map(
      (item, i) =>
        html`<li
          role="option"
          id=${optionId(i)}
          aria-selected=${i === list.active}
          @mousedown=${(event: Event) => {
            // The text box must keep the focus.
            event.preventDefault();
            choose(i);
          }}
        >
          <vscode-icon name=${icons[item.kind]}></vscode-icon><span class="label">${breakable(item.label)}</span
          ><span class="quiet">${breakable(detail(state, item))}</span>
        </li>`,
    )}
  </ul>`;
}

/** What tells suggestions of one name apart: where they are. */
function detail({ words, surroundings }: PageState, item: CompletionView): string {
  const repository = repositoryName(surroundings, item.repository);
  const path = repository === null ? item.path : `${repository}/${item.path}`;
  switch (item.kind) {
    case 'symbol':
      return item.startLine === null ? path : `${path}:${item.startLine}`;
    case 'file':
      return splitPath(path).folder;
    case 'folder':
      return repository ?? '';
    case 'selection':
      return `${words.t('selection')} · ${path}`;
    case 'open-file':
      return `${words.t('openFile')} · ${path}`;
  }
}
