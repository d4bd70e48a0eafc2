/** The best logits of a step, for reports and for sampling. */

export interface RankedLogit {
  readonly id: number;
  readonly logit: number;
}

/** The best id; of equal ones the lowest. NaN never wins. @param ids restricts the choice; null: all */
export function bestId(logits: Float32Array, ids: Uint32Array | null): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  const look = (id: number): void => {
    const logit = logits[id] ?? Number.NaN;
    if (best >= 0 && !(logit > most || (logit === most && id < best))) return;
    best = id;
    most = Number.isNaN(logit) ? Number.NEGATIVE_INFINITY : logit;
  };
  if (ids) for (const id of ids) look(id);
  else for (let id = 0; id < logits.length; id++) look(id);
  return best;
}

/** The `count` best logits, best first, ties by id. */
export function topLogits(logits: Float32Array, count: number): RankedLogit[] {
  const top: RankedLogit[] = [];
  let floor = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length && count > 0; id++) {
    const logit = logits[id] ?? 0;
    if (top.length === count && logit <= floor) continue;
    let at = top.length;
    while (at > 0 && (top[at - 1]?.logit ?? 0) < logit) at--;
    top.splice(at, 0, { id, logit });
    if (top.length > count) top.pop();
    floor = top.at(-1)?.logit ?? floor;
  }
  return top;
}
