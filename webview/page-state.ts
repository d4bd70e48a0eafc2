/** What the page knows and what it does: the state that every part of it is drawn from, and the ways to ask the extension host. */
import type { FromPage, Surroundings, TurnView } from '../src/protocol/webview.ts';
import type { Words } from './format.ts';

export interface PageState {
  words: Words;
  surroundings: Surroundings;
  turns: readonly TurnView[];
  /** Earlier questions, oldest first, for Up. */
  questions: readonly string[];
  /** Ids of older turns that the user unfolded. */
  readonly unfolded: Set<string>;
  /** Ids of turns whose budget is open. */
  readonly budgets: Set<string>;
  /** Ids of turns that show all their evidence. */
  readonly allSources: Set<string>;
  /** Ids of turns whose thoughts are shown. */
  readonly thoughts: Set<string>;
  /** `turn source` keys of cards whose reason is shown. */
  readonly reasons: Set<string>;
  /** `turn source` key of the card whose menu is open. */
  menu: string | null;
}

export interface Actions {
  readonly send: (message: FromPage) => void;
  /** Changes the state and draws the page again. */
  readonly change: (change: (state: PageState) => void) => void;
  /** Puts the focus on a card and opens its lines. */
  readonly cite: (turn: TurnView, citation: number) => void;
}

export const cardKey = (turn: TurnView, sourceId: string): string => `${turn.id} ${sourceId}`;

export function flip(set: Set<string>, key: string): void {
  if (!set.delete(key)) set.add(key);
}

export function isRunning({ phase }: TurnView): boolean {
  return phase !== 'done' && phase !== 'stopped' && phase !== 'failed';
}
