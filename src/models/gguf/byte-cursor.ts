/** Reads little-endian values one after another from the beginning of a file, never past what is there. */

/** Thrown when the bytes at hand end before the value does; the reader then fetches more of the file, or calls it cut off. */
export class OutOfBytes extends Error {}

const utf8 = new TextDecoder('utf-8');

export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#position;
  }

  u8 = (): number => this.#view.getUint8(this.#take(1));
  i8 = (): number => this.#view.getInt8(this.#take(1));
  u16 = (): number => this.#view.getUint16(this.#take(2), true);
  i16 = (): number => this.#view.getInt16(this.#take(2), true);
  u32 = (): number => this.#view.getUint32(this.#take(4), true);
  i32 = (): number => this.#view.getInt32(this.#take(4), true);
  f32 = (): number => this.#view.getFloat32(this.#take(4), true);
  f64 = (): number => this.#view.getFloat64(this.#take(8), true);
  u64 = (): number | bigint => shrink(this.#view.getBigUint64(this.#take(8), true));
  i64 = (): number | bigint => shrink(this.#view.getBigInt64(this.#take(8), true));

  /** `length` bytes as UTF-8; what is not UTF-8 becomes U+FFFD. */
  text(length: number): string {
    const start = this.#take(length);
    return utf8.decode(this.#bytes.subarray(start, start + length));
  }

  #take(count: number): number {
    const start = this.#position;
    if (count > this.#bytes.byteLength - start) throw new OutOfBytes();
    this.#position = start + count;
    return start;
  }
}

/** A number where it is exact, else the bigint. */
function shrink(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
