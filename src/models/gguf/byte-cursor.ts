/** Reads little-endian values one after another from the beginning of a file, never past what is there. */

/** Thrown when the bytes at hand end before the value does; the reader then fetches more of the file, or calls it cut off. */
export class OutOfBytes extends Error {}

/** The upper half of 2^53: below it a double holds every whole number. */
const safeHigh = 2 ** 21;

export class ByteCursor {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
  /** A number where it is exact, else the bigint. */
  u64 = (): number | bigint => {
    const at = this.#take(8);
    const high = this.#view.getUint32(at + 4, true);
    return high < safeHigh ? high * 2 ** 32 + this.#view.getUint32(at, true) : this.#view.getBigUint64(at, true);
  };
  i64 = (): number | bigint => {
    const at = this.#take(8);
    const high = this.#view.getInt32(at + 4, true);
    const isSafe = high >= -safeHigh && high < safeHigh;
    return isSafe ? high * 2 ** 32 + this.#view.getUint32(at, true) : this.#view.getBigInt64(at, true);
  };

  /** `length` bytes as UTF-8; what is not UTF-8 becomes U+FFFD. */
  text(length: number): string {
    const start = this.#take(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  #take(count: number): number {
    const start = this.#position;
    if (count > this.#bytes.byteLength - start) throw new OutOfBytes();
    this.#position = start + count;
    return start;
  }
}
