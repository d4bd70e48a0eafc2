/** The `tokenizer.ggml.*` metadata of a GGUF file, checked as it is read. */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { fallbackByte } from './byte-level.ts';
import { endContents, isBarSpelling, isControlSpelling } from './control-tokens.ts';
import type { AddedToken } from './definition.ts';

/** Metadata by key; arrays as JavaScript or typed arrays. */
export type MetadataLookup = (key: string) => unknown;

/** `tokenizer.ggml.token_type`. */
const tokenType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export class GgufVocabulary {
  readonly model: string;
  readonly contents: readonly string[];
  readonly #metadata: MetadataLookup;
  readonly #types: readonly number[];

  /** @throws LS2021 as every reader of it */
  constructor(metadata: MetadataLookup) {
    this.#metadata = metadata;
    const model = this.optionalString('model');
    if (model === undefined) throw fault('LS2021', say('missing tokenizer.ggml.model'));
    this.model = model;
    this.contents = this.strings('tokens');
    this.#types = this.numbers('token_type');
  }

  /** The pieces that text can turn into: neither control tokens nor added ones, nor those that stand for a byte. */
  pieces(): Map<string, number> {
    const pieces = new Map<string, number>();
    this.contents.forEach((content, id) => {
      if (this.#types[id] === tokenType.byte || this.#isControl(content, id)) return;
      // Where a damaged file holds a token twice the first one counts.
      if (content.length > 0 && !pieces.has(content)) pieces.set(content, id);
    });
    return pieces;
  }

  /** Control tokens and those a user defined. */
  added(): AddedToken[] {
    const added: AddedToken[] = [];
    const stripsRight = /phi-?3/.test((this.#string('general.name') ?? '').toLowerCase());
    this.contents.forEach((content, id) => {
      if (content.length === 0) return;
      const special = this.#isControl(content, id);
      if (!special && !this.isUserDefined(id)) return;
      // The format has no place for what a token strips; these two families are known for it.
      const strips = stripsRight && special && !/^<unk>$|^<s>$|^<\|endoftext\|>$/.test(content);
      added.push({
        id,
        content,
        special,
        ...(strips && { stripsRight: true }),
        ...(content === '<mask>' && { stripsLeft: true }),
      });
    });
    return added;
  }

  isUserDefined(id: number): boolean {
    return this.#types[id] === tokenType.userDefined;
  }

  /** The token of each byte, or -1; null when there is none for any. */
  byteIds(): number[] | null {
    const ids = new Array<number>(256).fill(-1);
    this.contents.forEach((content, id) => {
      const byte = fallbackByte(content);
      if (byte !== undefined) ids[byte] = id;
    });
    return ids.every((id) => id < 0) ? null : ids;
  }

  /** What the file names as an end, and every control token that ends a turn by its name. */
  endIds(added: readonly AddedToken[]): number[] {
    const ends = new Set<number>();
    for (const id of [this.id('eos_token_id'), this.id('eot_token_id'), this.id('eom_token_id')])
      if (id !== null) ends.add(id);
    const byContent = new Map(added.flatMap(({ content, id, special }) => (special ? [[content, id] as const] : [])));
    for (const content of endContents(byContent)) {
      const id = byContent.get(content);
      if (id !== undefined) ends.add(id);
    }
    return [...ends];
  }

  optionalString(name: string): string | undefined {
    return this.#string(`tokenizer.ggml.${name}`);
  }

  strings(name: string): string[] {
    const value: unknown = this.#metadata(`tokenizer.ggml.${name}`);
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
      throw fault('LS2021', say('missing tokenizer.ggml.{0}', name));
    return value;
  }

  /** One a token. Absent is allowed and reads as an empty list; a wrong length is damage. */
  numbers(name: string): readonly number[] {
    const list = this.#list(name);
    if (list && (list.length !== this.contents.length || !list.every((item) => typeof item === 'number')))
      throw fault('LS2021', say('damaged tokenizer.ggml.{0}', name));
    return list ?? [];
  }

  /** @throws LS2021 when the list holds anything but bytes */
  optionalBytes(name: string): Uint8Array | undefined {
    const list = this.#list(name);
    if (list && !list.every((item) => typeof item === 'number' && item >= -128 && item < 256))
      throw fault('LS2021', say('damaged tokenizer.ggml.{0}', name));
    return list && Uint8Array.from(list as number[]);
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.#metadata(`tokenizer.ggml.${name}`);
    return typeof value === 'boolean' ? value : otherwise;
  }

  /** Null when the file names none or one that the vocabulary does not have. */
  id(name: string): number | null {
    const value = this.#metadata(`tokenizer.ggml.${name}`);
    return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < this.contents.length
      ? value
      : null;
  }

  #isControl(content: string, id: number): boolean {
    switch (this.#types[id]) {
      case tokenType.control:
      case tokenType.unknown:
        return true;
      case tokenType.userDefined:
      case undefined:
        return isControlSpelling(content);
      default:
        return isBarSpelling(content);
    }
  }

  #string(key: string): string | undefined {
    const value = this.#metadata(key);
    return typeof value === 'string' ? value : undefined;
  }

  #list(name: string): unknown[] | undefined {
    const value: unknown = this.#metadata(`tokenizer.ggml.${name}`);
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value)) return value as unknown[];
    return ArrayBuffer.isView(value) ? Array.from(value as Int32Array) : [];
  }
}
