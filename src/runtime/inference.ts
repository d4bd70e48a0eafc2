/**
 * A decoder's state between steps: what is in its cache, where that stands, and which graph the next tokens go through.
 *
 * Positions are those in the cache. With a window (S sinks, R recent) the cache holds at most S + R tokens between steps;
 * token by token, a query then stands at position S + R behind them (StreamingLLM, Xiao et al. 2024). Several tokens at once
 * give the same numbers: query i sees key j when j < S or i - j <= R, recent keys at their real distance, sinks at
 * min(i, S + R) - j.
 */
import { Tensor } from 'onnxruntime-node';
import type { Hyperparameters } from '../models/architectures/hyperparameters.ts';
import type { GraphVariant } from '../models/architectures/prepared-model.ts';
import type { CacheWindow } from './decoder.ts';
import type { GraphSessions } from './graph-sessions.ts';
import { KvCache } from './kv-cache.ts';
import { causalMask, windowMask } from './masks.ts';
import type { RopeScaling } from './rope/specification.ts';
import { RopeTables } from './rope/tables.ts';

/** How positions and the cache are handled; states of different schemes do not mix. */
export interface CacheScheme {
  readonly rope: RopeScaling;
  /** null: everything stays. */
  readonly window: CacheWindow | null;
  /** Tokens in all that the request may reach; dynamic scalings follow it. */
  readonly length: number;
}

/** Most tokens a prefill slice: larger ones gain little speed and make a cancellation wait. */
const longestSlice = 256;
/** Most bytes of attention scores (a layer's) and logits a slice may need. */
const sliceBytes = 64 * 1024 * 1024;

export class Inference {
  readonly #sessions: GraphSessions;
  readonly #h: Hyperparameters;
  readonly #decodeVariant: GraphVariant;
  readonly #cache: KvCache;
  #consumed: number[] = [];
  #evicted = false;
  #promptLength = 0;
  #window: CacheWindow | null = null;
  #rotation = '';
  #tables: RopeTables | undefined;
  #positions = new BigInt64Array(0);

  /** @param exact computes single tokens with float32 activations too; slower */
  constructor(sessions: GraphSessions, hyperparameters: Hyperparameters, exact = false) {
    this.#sessions = sessions;
    this.#h = hyperparameters;
    this.#decodeVariant = exact ? 'decode-exact' : 'decode';
    this.#cache = new KvCache(hyperparameters.layers, hyperparameters.kvHeads * hyperparameters.headSize);
  }

  /**
   * Turns the cache towards a new prompt: keeps what it has in common with the tokens consumed so far and forgets the rest.
   * The prompt's last token is always left to compute, for its logits.
   * @returns how many tokens of the prompt are in the cache already
   */
  begin(prompt: readonly number[], scheme: CacheScheme): number {
    this.#promptLength = prompt.length;
    const { frequencies, attentionFactor } = this.#frequencies(scheme);
    const rotation = `${String(attentionFactor)}:${frequencies.join()}`;
    const sameWindow = this.#window?.sinks === scheme.window?.sinks && this.#window?.recent === scheme.window?.recent;
    if (rotation !== this.#rotation) {
      this.#tables = new RopeTables({ frequencies, attentionFactor });
      this.#rotation = rotation;
      this.reset();
    }
    let common = 0;
    while (common < prompt.length - 1 && common < this.#consumed.length && prompt[common] === this.#consumed[common])
      common++;
    // Once something was evicted, the state is good for a continuation of all of it and for nothing else.
    if (this.#evicted && (!sameWindow || common < this.#consumed.length)) common = 0;
    this.#window = scheme.window;
    // Without evictions what is cached holds under any window that has not slid past it yet.
    if (!this.#evicted && scheme.window) common = Math.min(common, scheme.window.sinks + scheme.window.recent);
    if (common === 0) this.reset();
    else if (!this.#evicted) {
      this.#cache.truncate(common);
      this.#consumed.length = common;
    }
    return common;
  }

  /** Forgets everything. */
  reset(): void {
    this.#cache.truncate(0);
    this.#consumed = [];
    this.#evicted = false;
  }

  /** How many tokens the next slice should have at most. @param want as in {@link step} */
  sliceLength(want: 'last' | 'all'): number {
    const { heads, vocabulary } = this.#h;
    const numbers = heads * (this.#cache.length + longestSlice) + (want === 'all' ? vocabulary : 0);
    return Math.max(1, Math.min(longestSlice, Math.floor(sliceBytes / (numbers * Float32Array.BYTES_PER_ELEMENT))));
  }

  /**
   * Computes the next tokens and keeps their keys and values.
   * @param ids the next tokens, at most {@link sliceLength} of them
   * @param want logits of the last token or of every one
   * @returns float32 [1 or ids.length, vocabulary]
   * @throws LS3002
   */
  async step(ids: readonly number[], want: 'last' | 'all'): Promise<Float32Array> {
    const count = ids.length;
    const past = this.#cache.length;
    const window = this.#window;
    // Some query of these stands further than the whole cache behind the first token.
    const slides = window !== null && this.#consumed.length + count - 1 > window.sinks + window.recent;
    const variant = this.#variantFor(count, slides);
    const feeds: Record<string, Tensor> = {
      ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [count]),
      rows: want === 'all' ? this.#range(0, count, [count]) : this.#range(count - 1, count, [1]),
      query_positions: this.#range(past, past + count, [1, count]),
      ...this.#rotationTables(past + count),
    };
    for (let layer = 0; layer < this.#h.layers; layer++) {
      const { k, v } = this.#cache.views(layer);
      feeds[`past_k_${String(layer)}`] = k;
      feeds[`past_v_${String(layer)}`] = v;
    }
    if (variant === 'decode' || variant === 'decode-exact') feeds['key_positions'] = this.#range(0, past, [1, past]);
    else feeds['key_positions'] = this.#range(0, past + count, [1, past + count]);
    if (variant === 'prefill') feeds['mask'] = new Tensor('float32', causalMask(count, past), [count, past + count]);
    if (variant === 'stream' && window) Object.assign(feeds, this.#streamFeeds(count, past, window));

    const outputs = await this.#sessions.run(variant, feeds);
    this.#cache.append(count, (layer) => ({
      k: floats(outputs, `k_${String(layer)}`),
      v: floats(outputs, `v_${String(layer)}`),
    }));
    for (const id of ids) this.#consumed.push(id);
    this.#slide();
    return floats(outputs, 'logits');
  }

  /** A single token that ends a prompt goes where the rest of it went: the decode graph rounds activations. */
  #variantFor(count: number, slides: boolean): GraphVariant {
    const generated = this.#consumed.length >= this.#promptLength;
    if (count === 1 && this.#cache.length > 0 && (generated || slides)) return this.#decodeVariant;
    return slides ? 'stream' : 'prefill';
  }

  #streamFeeds(count: number, past: number, window: CacheWindow): Record<string, Tensor> {
    const first = this.#consumed.length;
    const furthest = window.sinks + window.recent;
    const sinkPositions = BigInt64Array.from({ length: count }, (_, t) => BigInt(Math.min(first + t, furthest)));
    return {
      mask: new Tensor('float32', windowMask(count, past, first, window), [count, past + count]),
      sink_query_positions: new Tensor('int64', sinkPositions, [1, count]),
      sink_count: new Tensor('int64', BigInt64Array.of(BigInt(window.sinks)), [1]),
    };
  }

  /** Forgets what the window has slid past. */
  #slide(): void {
    if (!this.#window) return;
    const { sinks, recent } = this.#window;
    const excess = this.#cache.length - sinks - recent;
    if (excess <= 0) return;
    this.#cache.evict(sinks, excess);
    this.#evicted = true;
  }

  #rotationTables(positions: number): { cos: Tensor; sin: Tensor } {
    if (!this.#tables) throw new Error('begin() comes before step()');
    return this.#tables.upTo(positions);
  }

  #frequencies({ rope, length }: CacheScheme): { frequencies: Float64Array; attentionFactor: number } {
    const { ropeDimensions, ropeBase, originalContextLength, ropeDivisors } = this.#h;
    const shape = { dimensions: ropeDimensions, base: ropeBase, contextLength: originalContextLength };
    const { frequencies, attentionFactor } = rope.frequencies(shape, length);
    return {
      frequencies: ropeDivisors ? frequencies.map((f, i) => f / (ropeDivisors[i] ?? 1)) : frequencies,
      attentionFactor,
    };
  }

  /** The whole numbers from `from` to `to` (exclusive) as a view of one growing row. */
  #range(from: number, to: number, shape: readonly number[]): Tensor {
    if (to > this.#positions.length) {
      const length = Math.max(to, 2 * this.#positions.length, 1024);
      this.#positions = BigInt64Array.from({ length }, (_, i) => BigInt(i));
    }
    return new Tensor('int64', this.#positions.subarray(from, to), shape);
  }
}

function floats(outputs: Readonly<Record<string, Tensor>>, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`the graph has no output "${name}"`);
  return data;
}
