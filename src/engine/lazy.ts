/** Something heavy that is made on first need, once; a failure is not kept, so that the next need tries again. */
export class Lazy<T> {
  readonly #make: () => Promise<T>;
  #promise: Promise<T> | undefined;
  #value: T | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  /** The value; concurrent callers share one making. */
  get(): Promise<T> {
    if (!this.#promise) {
      const promise = this.#make();
      this.#promise = promise;
      promise.then(
        (value) => {
          if (this.#promise === promise) this.#value = value;
        },
        () => {
          if (this.#promise === promise) this.#promise = undefined;
        },
      );
    }
    return this.#promise;
  }

  /** The value if it is there by now; never makes it. */
  peek(): T | undefined {
    return this.#value;
  }

  /** True from the first need until {@link take}, unless the making failed. */
  get isStarted(): boolean {
    return this.#promise !== undefined;
  }

  /** Forgets the value and hands it over to be disposed of; undefined when it was never made. A running making is awaited. */
  async take(): Promise<T | undefined> {
    const promise = this.#promise;
    this.#promise = undefined;
    this.#value = undefined;
    try {
      return await promise;
    } catch {
      // Whoever needed it was told; there is nothing to dispose of.
      return undefined;
    }
  }
}
