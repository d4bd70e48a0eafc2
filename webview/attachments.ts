/** What is attached to a question: chips over the question box that can be taken away, and the same under a question that was asked. */
import { type TemplateResult, html, nothing } from 'lit';
import type { AttachmentView, CompletionView, TurnView } from '../src/protocol/webview.ts';
import type { Words } from './format.ts';
import { breakable } from './names.ts';
import type { Actions, PageState } from './page-state.ts';

const icons = { file: 'file', symbol: 'symbol-method', selection: 'selection' } as const;

/** A suggestion as it is put beside the question; a folder goes to the scope and is none. */
export function attachmentOf(item: CompletionView): AttachmentView | null {
  const { kind, label, repository, path, startLine, endLine } = item;
  if (kind === 'folder') return null;
  return { kind: kind === 'open-file' ? 'file' : kind, label, repository, path, startLine, endLine };
}

/** Without the one that is the same place. */
export function withoutPlace(all: readonly AttachmentView[], one: AttachmentView): AttachmentView[] {
  return all.filter((other) => keyOf(other) !== keyOf(one));
}

/** The chips over the box, each with a button that takes it away. */
export function attachedChips(
  words: Words,
  attached: readonly AttachmentView[],
  remove: (at: number) => void,
): TemplateResult | typeof nothing {
  if (attached.length === 0) return nothing;
  return html`<ul class="attached" aria-label=${words.t('attached')}>
    ${attached.map(
      (one, at) =>
        html`<li class="attachment" title=${placeOf(one)}>
          <vscode-icon name=${icons[one.kind]} size="14"></vscode-icon><span class="name">${breakable(one.label)}</span
          ><button
            type="button"
            class="icon-button"
            aria-label=${words.t('removeAttached', one.label)}
            title=${words.t('removeAttached', one.label)}
            @click=${() => {
              remove(at);
            }}
          >
            <vscode-icon name="close" size="14"></vscode-icon>
          </button>
        </li>`,
    )}
  </ul>`;
}

/** The chips of a question that was asked; each opens its place. */
export function attachedTo(state: PageState, actions: Actions, turn: TurnView): TemplateResult | typeof nothing {
  if (turn.attached.length === 0) return nothing;
  const { t } = state.words;
  return html`<ul class="attached asked" aria-label=${t('attached')}>
    ${turn.attached.map(
      (one, at) =>
        html`<li>
          <button
            type="button"
            class="attachment"
            title=${placeOf(one)}
            @click=${() => {
              actions.send({ type: 'open-attached', turnId: turn.id, at });
            }}
          >
            <vscode-icon name=${icons[one.kind]} size="14"></vscode-icon
            ><span class="name">${breakable(one.label)}</span>
          </button>
        </li>`,
    )}
  </ul>`;
}

/** `src/router.ts:4–28` */
function placeOf({ path, startLine, endLine }: AttachmentView): string {
  if (startLine === null) return path;
  return endLine === null || endLine === startLine ? `${path}:${startLine}` : `${path}:${startLine}–${endLine}`;
}

function keyOf({ repository, path, startLine, endLine }: AttachmentView): string {
  return JSON.stringify([repository, path, startLine, endLine]);
}
