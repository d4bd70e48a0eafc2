/** Damages files by a seed: cuts, flipped bits, absurd numbers, moved stretches, and JSON whose values were exchanged. */

export type Random = () => number;

/** Numbers in [0, 1) (mulberry32): the same seed, the same files. */
export function numbersFrom(start: number): Random {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function below(random: Random, most: number): number {
  return Math.floor(random() * most);
}

export function oneOf<T>(random: Random, items: readonly T[]): T {
  const item = items[below(random, items.length)];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
}

export interface Damaged {
  readonly what: string;
  readonly bytes: Uint8Array;
}

const extremes = [0n, 1n, 0x7fffffffn, 0xffffffffn, 0x100000000n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];
const words = [0, 1, 3, 8, 9, 12, 255, 65_536, 0x7fffffff, 0xffffffff];

/** @param important how many of the first bytes are damaged most of the time: the header */
export function damageBytes(whole: Uint8Array, random: Random, important = whole.length): Damaged {
  const place = (): number => below(random, random() < 0.85 ? important : whole.length);
  const kind = below(random, 7);
  if (kind === 0) {
    const length = place();
    return { what: `cut to ${String(length)} bytes`, bytes: whole.slice(0, length) };
  }
  if (kind === 1) {
    const extra = below(random, 4096);
    return {
      what: `${String(extra)} zeros at the end`,
      bytes: new Uint8Array(Buffer.concat([whole, Buffer.alloc(extra)])),
    };
  }
  const bytes = Uint8Array.from(whole);
  const view = new DataView(bytes.buffer);
  const at = Math.min(place(), Math.max(0, bytes.length - 8));
  if (kind === 2 || kind === 3) {
    const count = kind === 2 ? 1 : 1 + below(random, 24);
    for (let i = 0; i < count; i++) {
      const spot = (at + below(random, 64) * i) % bytes.length;
      bytes[spot] = (bytes[spot] ?? 0) ^ (1 << below(random, 8));
    }
    return { what: `${String(count)} bits flipped about byte ${String(at)}`, bytes };
  }
  if (bytes.length < 8) return { what: 'nothing', bytes };
  if (kind === 4) {
    const value = oneOf(random, extremes);
    view.setBigUint64(at, value, true);
    return { what: `${String(value)} over byte ${String(at)}`, bytes };
  }
  if (kind === 5) {
    const value = oneOf(random, words);
    view.setUint32(at, value, true);
    return { what: `${String(value)} over the four bytes from ${String(at)}`, bytes };
  }
  const [from, length] = [place(), 1 + below(random, 200)];
  bytes.copyWithin(at, from, from + length);
  return { what: `${String(length)} bytes from ${String(from)} copied to ${String(at)}`, bytes };
}

const strangers: readonly (readonly [what: string, json: string])[] = [
  ['null', 'null'],
  ['true', 'true'],
  ['-1', '-1'],
  ['a half', '0.5'],
  ['2^53', '9007199254740992'],
  ['more than a double holds', '1e999'],
  ['a billion', '1000000000'],
  ['an empty text', '""'],
  ['a text', '"…\\u0000\\ud800<|im_end|>../../x"'],
  ['a huge text', `"${'x'.repeat(100_000)}"`],
  ['an empty list', '[]'],
  ['an empty object', '{}'],
  ['a deep list', `${'['.repeat(5000)}${']'.repeat(5000)}`],
  ['a list within bounds', `${'['.repeat(50)}${']'.repeat(50)}`],
  ['a long list', `[${'0,'.repeat(20_000)}0]`],
  ['a prototype', '{"__proto__": {"type": "BPE"}, "constructor": 1}'],
];

/** Exchanges, removes, doubles or moves values anywhere in a JSON text. */
export function damageJson(text: string, random: Random): Damaged {
  const mark = 'a place in the text that nothing else spells';
  const root = { root: JSON.parse(text) as unknown };
  const places = placesIn(root);
  const done: string[] = [];
  let marked = '';
  for (let i = 0, count = 1 + below(random, 2); i < count; i++) {
    const { holder, key } = oneOf(random, places);
    const path = String(key).slice(0, 40);
    const kind = below(random, 6);
    if (kind === 0) {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else Reflect.deleteProperty(holder, key);
      done.push(`"${path}" removed`);
    } else if (kind === 1) {
      const other = oneOf(random, places);
      // A copy, for a value must not hold itself.
      Reflect.set(holder, key, structuredClone(Reflect.get(other.holder, other.key)));
      done.push(`"${path}" is "${String(other.key).slice(0, 40)}"`);
    } else if (kind === 2 && typeof Reflect.get(holder, key) === 'string') {
      const value = String(Reflect.get(holder, key));
      const at = below(random, value.length + 1);
      Reflect.set(
        holder,
        key,
        value.slice(0, at) +
          oneOf(random, ['(', '[', '\\', '*', '{%', '}}', '/', '+)+', '\u{1f600}']) +
          value.slice(at),
      );
      done.push(`"${path}" spelled otherwise`);
    } else if (marked === '') {
      const [what, json] = oneOf(random, strangers);
      marked = json;
      Reflect.set(holder, key, mark);
      done.push(`"${path}" is ${what}`);
    }
  }
  const json = (JSON.stringify(root.root) as string | undefined) ?? '';
  return { what: done.join(', '), bytes: new TextEncoder().encode(json.replace(JSON.stringify(mark), () => marked)) };
}

interface Place {
  readonly holder: object;
  readonly key: string | number;
}

/** Where values stand, the many of long lists and vocabularies by a few of them. */
function placesIn(root: object): readonly Place[] {
  const places: Place[] = [];
  const visit = (holder: object): void => {
    const keys: readonly (string | number)[] = Array.isArray(holder) ? [...holder.keys()] : Object.keys(holder);
    for (const key of keys.length > 12 ? [...keys.slice(0, 6), ...keys.slice(-6)] : keys) {
      places.push({ holder, key });
      const value: unknown = Reflect.get(holder, key);
      if (typeof value === 'object' && value !== null) visit(value);
    }
  };
  visit(root);
  return places;
}
