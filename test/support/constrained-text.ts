/** Texts under a constraint: whether one can be written, and one written at random. */
import type { Tokenizer } from '../../src/models/tokenizer/tokenizer.ts';
import type { ConstraintState } from '../../src/runtime/constraints/constraint.ts';
import { createConstraint } from '../../src/runtime/constraints/create-constraint.ts';
import type { Constraint } from '../../src/runtime/decoder.ts';
import { byteId, endId } from './tiny-tokenizer.ts';

/** Writes the text byte by byte; `true` when it may end there, `false` when not, else the part that could be written. */
export function written(constraint: Constraint, tokenizer: Tokenizer, text: string): boolean | string {
  const state = createConstraint(constraint, tokenizer);
  const bytes = Buffer.from(text);
  for (const [at, byte] of bytes.entries()) {
    const id = byteId(tokenizer, byte);
    if (!state.allowed()?.includes(id)) return bytes.subarray(0, at).toString();
    state.accept(id);
  }
  return state.allowed()?.includes(endId) ?? true;
}

/**
 * A text of tokens chosen at random; from the `limit`-th token on it ends wherever it may, and signs that close are preferred.
 * @throws RangeError when it comes to a place from which nothing leads on
 */
export function randomText(constraint: Constraint, tokenizer: Tokenizer, random: () => number, limit: number): string {
  const state: ConstraintState = createConstraint(constraint, tokenizer);
  const bytes: number[] = [];
  for (let tokens = 0; tokens < 50 * limit; tokens++) {
    const allowed = [...(state.allowed() ?? [])];
    if (allowed.length === 0) throw new RangeError(`a dead end after ${Buffer.from(bytes).toString()}`);
    if (allowed.includes(endId) && (tokens >= limit || allowed.length === 1)) return Buffer.from(bytes).toString();
    const closing = allowed.filter((id) =>
      /^["}\]0-9]$/.test(Buffer.from(tokenizer.tokenBytes(id)).toString('latin1')),
    );
    const among = tokens >= limit && closing.length > 0 ? closing : allowed.filter((id) => id !== endId);
    const id = among[Math.floor(random() * among.length)] ?? endId;
    bytes.push(...tokenizer.tokenBytes(id));
    state.accept(id);
  }
  throw new RangeError(`no end in sight: ${Buffer.from(bytes).toString().slice(0, 200)}`);
}
