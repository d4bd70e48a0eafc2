/**
 * How `--rope`, `--mask` and `--retrieval` are written: `name`, then numbers, then `key=value`, all parted by colons:
 * `yarn:4:original=8192:truncate=false`. A value is a number, true or false, or numbers parted by commas.
 */

/** What one argument may be. */
export interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
  /** Without it the argument must be there. */
  readonly otherwise?: number;
}

/** What a key may be given. */
export type KeyType = NumberRange | 'flag' | 'numbers';

export interface Signature {
  readonly numbers: readonly NumberRange[];
  readonly keys?: Readonly<Record<string, KeyType>>;
}

/** Arguments as they were read; every number of the signature is there. */
export interface SpecificationArguments {
  readonly numbers: readonly number[];
  readonly keys: ReadonlyMap<string, number | boolean | readonly number[]>;
  /** The one spelling of these arguments: with what was left out, without what is superfluous. */
  readonly text: string;
}

/** No model has more pairs in a head. */
const mostNumbers = 4096;

/** @param parts what follows the name, split at colons @returns null when they do not fit the signature */
export function readArguments(parts: readonly string[], signature: Signature): SpecificationArguments | null {
  const plain = parts.filter((part) => !part.includes('='));
  const named = parts.filter((part) => part.includes('='));
  // Numbers come first.
  if (parts.slice(0, plain.length).some((part) => part.includes('='))) return null;
  if (plain.length > signature.numbers.length) return null;
  const numbers: number[] = [];
  for (const [i, range] of signature.numbers.entries()) {
    const text = plain[i];
    const value = text === undefined ? range.otherwise : readNumber(text, range);
    if (value === undefined) return null;
    numbers.push(value);
  }
  const keys = new Map<string, number | boolean | readonly number[]>();
  for (const part of named) {
    const [key = '', text = '', ...rest] = part.split('=');
    const types = signature.keys ?? {};
    const type = Object.hasOwn(types, key) ? types[key] : undefined;
    const value = type === undefined || rest.length > 0 || keys.has(key) ? undefined : readValue(text, type);
    if (value === undefined) return null;
    keys.set(key, value);
  }
  const spelled = [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${String(value)}`);
  return { numbers, keys, text: [...numbers.map(String), ...spelled].join(':') };
}

function readNumber(text: string, { least, most, whole }: NumberRange): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return value >= least && value <= most && (!whole || Number.isInteger(value)) ? value : undefined;
}

function readValue(text: string, type: KeyType): number | boolean | readonly number[] | undefined {
  if (type === 'flag') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (type !== 'numbers') return readNumber(text, type);
  const list = text.split(',').map((item) => readNumber(item, { least: Number.MIN_VALUE, most: Number.MAX_VALUE }));
  return list.length <= mostNumbers && list.every((item) => item !== undefined) ? list : undefined;
}
