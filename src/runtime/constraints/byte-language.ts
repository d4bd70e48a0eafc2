/**
 * Languages of bytes as expressions that tell what may come next: the derivative of an expression by a byte is what may follow
 * that byte (Brzozowski 1964; with shared, normalised expressions, Owens, Reppy and Turon 2009). Rules make them context-free,
 * so that a value may hold values. Expressions are numbers, equal ones the same number: each is a state of an automaton that is
 * built only as far as a text goes.
 */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';

/** An expression; belongs to the {@link ByteLanguage} that made it. */
export type Expression = number;

type Node =
  | { readonly kind: 'nothing' | 'empty' }
  | { readonly kind: 'byte'; readonly among: Uint8Array }
  | { readonly kind: 'sequence'; readonly first: Expression; readonly rest: Expression }
  | { readonly kind: 'choice'; readonly of: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly of: Expression; readonly min: number; readonly max: number }
  | { readonly kind: 'rule'; readonly rule: number };

/** Expressions in all before a language is given up: some 250 MB. */
export const mostExpressions = 200_000;

/** The language of no text at all, and that of the empty text alone. */
export const nothing: Expression = 0;
export const empty: Expression = 1;

export class ByteLanguage {
  readonly #writable: readonly boolean[];
  readonly #nodes: Node[] = [{ kind: 'nothing' }, { kind: 'empty' }];
  readonly #known = new Map<string, Expression>();
  readonly #derivatives: (Int32Array | undefined)[] = [];
  readonly #acceptsEmpty: (boolean | undefined)[] = [false, true];
  readonly #rules: Expression[] = [];
  readonly #shortened = new Map<Expression, Expression>();
  /** Bytes that no expression tells apart have the same number. */
  #classes = new Uint8Array(256).map((_, byte) => byte);
  #classCount = 256;

  /** @param writable which bytes a text may have; others are taken out of every expression */
  constructor(writable: readonly boolean[]) {
    this.#writable = writable;
  }

  /** Expressions made so far. */
  get size(): number {
    return this.#nodes.length;
  }

  /** One byte from `from` to `to`, both included. */
  byte(from: number, to = from): Expression {
    const among = new Uint8Array(256);
    for (let byte = from; byte <= to; byte++) among[byte] = this.#writable[byte] ? 1 : 0;
    return this.#byteAmong(among);
  }

  /** The bytes of the text. */
  literal(text: string): Expression {
    return this.sequence(...Array.from(Buffer.from(text, 'utf8'), (byte) => this.byte(byte)));
  }

  /** One after another. */
  sequence(...parts: readonly Expression[]): Expression {
    return parts.reduceRight((rest, first) => this.#pair(first, rest), empty);
  }

  /** Any one of them. */
  choice(...parts: readonly Expression[]): Expression {
    return this.#anyOf(parts);
  }

  optional(part: Expression): Expression {
    return this.#anyOf([empty, part]);
  }

  repeat(of: Expression, min: number, max: number): Expression {
    if (max === 0 || of === empty) return empty;
    if (of === nothing) return min === 0 ? empty : nothing;
    if (min === 1 && max === 1) return of;
    const least = this.acceptsEmpty(of) ? 0 : min;
    return this.#shared(`r${of},${least},${max}`, { kind: 'repeat', of, min: least, max });
  }

  /** A rule to be defined later; it may be used in its own definition. */
  rule(): Expression {
    const rule = this.#rules.push(nothing) - 1;
    const made = this.#shared(`u${rule}`, { kind: 'rule', rule });
    // No rule of ours accepts the empty text; see define().
    this.#acceptsEmpty[made] = false;
    return made;
  }

  /** @param body must not accept the empty text */
  define(rule: Expression, body: Expression): void {
    const node = this.#at(rule);
    if (node.kind !== 'rule') throw new TypeError('that is no rule');
    if (this.acceptsEmpty(body)) throw new TypeError('a rule for the empty text');
    this.#rules[node.rule] = body;
  }

  /**
   * The expression without the ways that never come to an end; to be called once, when every expression is made and every rule
   * defined, before any derivative.
   * @returns nothing when there is no text at all; null when a rule begins with itself, which derivatives cannot follow
   */
  finished(root: Expression): Expression | null {
    if (this.#rules.some((_, rule) => this.#beginsWith(rule, rule, new Set()))) return null;
    this.#classify();
    const ending = this.#rulesThatEnd();
    const rebuilt = new Map<Expression, Expression>();
    for (const [rule, body] of this.#rules.entries())
      this.#rules[rule] = ending[rule] ? this.#rebuild(body, ending, rebuilt) : nothing;
    return this.#rebuild(root, ending, rebuilt);
  }

  /** Whether a text may end here. */
  acceptsEmpty(expression: Expression): boolean {
    return (this.#acceptsEmpty[expression] ??= this.#computeAcceptsEmpty(this.#at(expression)));
  }

  /** What may follow after the byte; `nothing` when the byte may not come. @throws LS3031 when the language is too large */
  derivative(expression: Expression, byte: number): Expression {
    const row = (this.#derivatives[expression] ??= new Int32Array(this.#classCount).fill(-1));
    const column = this.#classes[byte] ?? 0;
    const known = row[column] ?? -1;
    if (known >= 0) return known;
    const derived = this.#derive(this.#at(expression), byte);
    row[column] = derived;
    return derived;
  }

  /**
   * An expression that cannot be told from this one within the next `bytes` bytes: repetitions are counted no further. Always
   * called with the same number, it makes one of many states.
   */
  withinNext(bytes: number, expression: Expression): Expression {
    const known = this.#shortened.get(expression);
    if (known !== undefined) return known;
    const node = this.#at(expression);
    let made = expression;
    if (node.kind === 'sequence')
      made = this.#pair(this.withinNext(bytes, node.first), this.withinNext(bytes, node.rest));
    else if (node.kind === 'choice') made = this.#anyOf(node.of.map((part) => this.withinNext(bytes, part)));
    else if (node.kind === 'repeat') {
      const max = node.max > bytes ? Number.POSITIVE_INFINITY : node.max;
      made = this.repeat(this.withinNext(bytes, node.of), Math.min(node.min, bytes), max);
    }
    this.#shortened.set(expression, made);
    return made;
  }

  /** A repetition without an end and what follows it; null for any other expression. */
  loop(expression: Expression): { readonly loop: Expression; readonly rest: Expression } | null {
    const node = this.#at(expression);
    if (node.kind !== 'sequence') return null;
    const first = this.#at(node.first);
    return first.kind === 'repeat' && first.max === Number.POSITIVE_INFINITY
      ? { loop: node.first, rest: node.rest }
      : null;
  }

  #derive(node: Node, byte: number): Expression {
    switch (node.kind) {
      case 'nothing':
      case 'empty':
        return nothing;
      case 'byte':
        return node.among[byte] === 1 ? empty : nothing;
      case 'sequence': {
        const through = this.#pair(this.derivative(node.first, byte), node.rest);
        return this.acceptsEmpty(node.first) ? this.choice(through, this.derivative(node.rest, byte)) : through;
      }
      case 'choice':
        return this.#anyOf(node.of.map((part) => this.derivative(part, byte)));
      case 'repeat': {
        const once = this.derivative(node.of, byte);
        return this.#pair(once, this.repeat(node.of, Math.max(0, node.min - 1), node.max - 1));
      }
      case 'rule':
        return this.derivative(this.#rules[node.rule] ?? nothing, byte);
    }
  }

  #computeAcceptsEmpty(node: Node): boolean {
    switch (node.kind) {
      case 'nothing':
      case 'byte':
      case 'rule':
        return false;
      case 'empty':
        return true;
      case 'sequence':
        return this.acceptsEmpty(node.first) && this.acceptsEmpty(node.rest);
      case 'choice':
        return node.of.some((part) => this.acceptsEmpty(part));
      case 'repeat':
        return node.min === 0;
    }
  }

  #byteAmong(among: Uint8Array): Expression {
    return among.includes(1)
      ? this.#shared(`b${Buffer.from(among).toString('latin1')}`, { kind: 'byte', among })
      : nothing;
  }

  #pair(first: Expression, rest: Expression): Expression {
    if (first === nothing || rest === nothing) return nothing;
    if (first === empty) return rest;
    if (rest === empty) return first;
    const node = this.#at(first);
    if (node.kind === 'sequence') return this.#pair(node.first, this.#pair(node.rest, rest));
    return this.#shared(`s${first},${rest}`, { kind: 'sequence', first, rest });
  }

  /** Flat, sorted, without repetitions; bytes that go on in the same way are one. */
  #anyOf(parts: readonly Expression[]): Expression {
    const others = new Set<Expression>();
    const bytesBefore = new Map<Expression, Uint8Array[]>();
    const add = (part: Expression): void => {
      if (part === nothing) return;
      const node = this.#at(part);
      const first = node.kind === 'sequence' ? this.#at(node.first) : node;
      if (node.kind === 'choice') node.of.forEach(add);
      else if (first.kind === 'byte') {
        const rest = node.kind === 'sequence' ? node.rest : empty;
        const before = bytesBefore.get(rest);
        if (before) before.push(first.among);
        else bytesBefore.set(rest, [first.among]);
      } else others.add(part);
    };
    parts.forEach(add);
    for (const [rest, sets] of bytesBefore)
      others.add(this.#pair(this.#byteAmong(sets.length === 1 ? (sets[0] ?? noBytes) : union(sets)), rest));
    const of = [...others].sort((a, b) => a - b);
    const [only = nothing] = of;
    return of.length <= 1 ? only : this.#shared(`c${of.join()}`, { kind: 'choice', of });
  }

  #shared(key: string, node: Node): Expression {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#nodes.length >= mostExpressions) throw fault('LS3031', say('it has too many states'));
    const made = this.#nodes.push(node) - 1;
    this.#known.set(key, made);
    return made;
  }

  #at(expression: Expression): Node {
    const node = this.#nodes[expression];
    if (!node) throw new RangeError('an expression of another language');
    return node;
  }

  #classify(): void {
    const sets = this.#nodes.flatMap((node) => (node.kind === 'byte' ? [node.among] : []));
    const signatures = Array.from({ length: 256 }, (_, byte) => sets.map((set) => set[byte]).join(''));
    const kinds = [...new Set(signatures)];
    this.#classes = Uint8Array.from(signatures, (signature) => kinds.indexOf(signature));
    this.#classCount = kinds.length;
  }

  /** Whether a text of `rule` may begin with one of `wanted`. @param seen expressions that were looked at */
  #beginsWith(rule: number, wanted: number, seen: Set<Expression>): boolean {
    const look = (expression: Expression): boolean => {
      if (seen.has(expression)) return false;
      seen.add(expression);
      const node = this.#at(expression);
      if (node.kind === 'rule') return node.rule === wanted || this.#beginsWith(node.rule, wanted, seen);
      if (node.kind === 'sequence') return look(node.first) || (this.acceptsEmpty(node.first) && look(node.rest));
      if (node.kind === 'choice') return node.of.some(look);
      return node.kind === 'repeat' && look(node.of);
    };
    return look(this.#rules[rule] ?? nothing);
  }

  #rulesThatEnd(): readonly boolean[] {
    const ending = this.#rules.map(() => false);
    for (let changed = true; changed;) {
      changed = false;
      const seen = new Map<Expression, boolean>();
      for (const [rule, body] of this.#rules.entries())
        if (!ending[rule] && this.#ends(body, ending, seen)) changed = ending[rule] = true;
    }
    return ending;
  }

  #ends(expression: Expression, ending: readonly boolean[], seen: Map<Expression, boolean>): boolean {
    const known = seen.get(expression);
    if (known !== undefined) return known;
    const ends = (part: Expression): boolean => this.#ends(part, ending, seen);
    const node = this.#at(expression);
    let found = node.kind !== 'nothing';
    if (node.kind === 'rule') found = ending[node.rule] ?? false;
    else if (node.kind === 'sequence') found = ends(node.first) && ends(node.rest);
    else if (node.kind === 'choice') found = node.of.some(ends);
    else if (node.kind === 'repeat') found = node.min === 0 || ends(node.of);
    seen.set(expression, found);
    return found;
  }

  #rebuild(expression: Expression, ending: readonly boolean[], rebuilt: Map<Expression, Expression>): Expression {
    const known = rebuilt.get(expression);
    if (known !== undefined) return known;
    const again = (part: Expression): Expression => this.#rebuild(part, ending, rebuilt);
    const node = this.#at(expression);
    let made = expression;
    if (node.kind === 'rule') made = ending[node.rule] ? expression : nothing;
    else if (node.kind === 'sequence') made = this.#pair(again(node.first), again(node.rest));
    else if (node.kind === 'choice') made = this.#anyOf(node.of.map(again));
    else if (node.kind === 'repeat') made = this.repeat(again(node.of), node.min, node.max);
    rebuilt.set(expression, made);
    return made;
  }
}

const noBytes = new Uint8Array(256);

function union(sets: readonly Uint8Array[]): Uint8Array {
  return noBytes.map((_, byte) => (sets.some((set) => set[byte] === 1) ? 1 : 0));
}
