/** One embedder for all repositories of the engine: started by the first that needs it, ended by the last that lets it go. */
import type { Embedder } from '../../runtime/embedding/embedder.ts';

export class SharedEmbedder {
  readonly #open: (signal: AbortSignal) => Promise<Embedder | null>;
  #current: { readonly embedder: Promise<Embedder | null>; readonly end: AbortController } | undefined;
  #holders = 0;

  /** @param open starts one; null when none is on this machine */
  constructor(open: (signal: AbortSignal) => Promise<Embedder | null>) {
    this.#open = open;
  }

  /** The embedder as the caller's own: its `dispose` lets it go. Null when there is none, rejects with what hinders the start. */
  async open(signal: AbortSignal): Promise<Embedder | null> {
    this.#holders += 1;
    const onAbort = (): void => {
      // Only the last one's end may stop a start that others wait for.
      if (this.#holders === 1) this.#current?.end.abort();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (!this.#current) {
      const end = new AbortController();
      this.#current = { end, embedder: this.#open(end.signal) };
    }
    const { embedder: pending } = this.#current;
    try {
      const embedder = await pending;
      if (embedder) return this.#held(embedder);
      await this.#letGo();
      return null;
    } catch (error) {
      await this.#letGo();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #held(embedder: Embedder): Embedder {
    let isHeld = true;
    return {
      id: embedder.id,
      dimensions: embedder.dimensions,
      maxTokens: embedder.maxTokens,
      fits: (text) => embedder.fits(text),
      embed: (texts, options, signal) => embedder.embed(texts, options, signal),
      dispose: async () => {
        if (!isHeld) return;
        isHeld = false;
        await this.#letGo();
      },
    };
  }

  async #letGo(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    const current = this.#current;
    this.#current = undefined;
    // A start that failed has told those who waited.
    const embedder = await current?.embedder.catch(() => null);
    await embedder?.dispose();
  }
}
