/** Citations of a stream of text, from the labels under which a decoder read its sources to the numbers that the answer shows. */

export interface Renumbering {
  /** What can be passed on now: a label is held back until it is whole. */
  push(text: string): string;
  /** The rest, when nothing more comes. */
  end(): string;
}

/** @param labels the number of each label; null: of none now, and a citation of it is taken out */
export function createRenumbering(labels: ReadonlyMap<number, number | null>): Renumbering {
  let held = '';
  const renumbered = (text: string): string =>
    text.replace(/\[(\d{1,3})\]/g, (citation, label: string) => {
      const number = labels.get(Number(label));
      return number === undefined ? citation : number === null ? '' : `[${number}]`;
    });
  return {
    push: (text) => {
      const all = held + text;
      const open = /\[\d{0,3}$/.exec(all);
      held = open ? open[0] : '';
      return renumbered(all.slice(0, all.length - held.length));
    },
    end: () => {
      const rest = held;
      held = '';
      return rest;
    },
  };
}
