/**
 * What the user pinned in a conversation: a pin holds for its turn and all after it, with the place it was at, so that it is
 * neither lost with old turns nor by an edit of the file. Knows nothing of VS Code.
 */
import type { TurnSource } from '../../protocol/answers.ts';
import { sourcePlace } from '../../protocol/turn.ts';
import type { TurnView } from '../../protocol/webview.ts';

/** The pins that a new turn begins with: those of the turn before it. */
export function carriedPins(turns: readonly TurnView[]): Pick<TurnView, 'pinned' | 'askedWith'> {
  const last = turns.at(-1);
  return last ? { pinned: last.pinned, askedWith: pinnedPlaces(turns, last) } : { pinned: [], askedWith: [] };
}

/** The places of a turn's pins, as far as some turn showed them. */
export function pinnedPlaces(turns: readonly TurnView[], { pinned, askedWith = [] }: TurnView): TurnSource[] {
  const shown = turns.flatMap(({ sources }) => sources);
  return pinned.flatMap((id) => {
    const source = shown.find((one) => one.id === id);
    return source ? sourcePlace(source) : (askedWith.find((one) => one.id === id) ?? []);
  });
}

/** Pins by the ids that their places have in the answer: those of an edited file are others. */
export function followedPins(turn: TurnView): Pick<TurnView, 'pinned' | 'askedWith'> {
  const { sources, askedWith = [] } = turn;
  const renamed = new Map<string, string>();
  for (const place of askedWith) {
    if (sources.some(({ id }) => id === place.id)) continue;
    const now = sources.find(
      ({ path, repository, symbol, startLine }) =>
        path === place.path &&
        (place.repository ?? repository) === repository &&
        (place.symbol === undefined ? startLine === place.startLine : symbol === place.symbol),
    );
    if (now) renamed.set(place.id, now.id);
  }
  return {
    pinned: turn.pinned.map((id) => renamed.get(id) ?? id),
    askedWith: askedWith.map((place) => ({ ...place, id: renamed.get(place.id) ?? place.id })),
  };
}
