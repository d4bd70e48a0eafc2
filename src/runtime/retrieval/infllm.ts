/**
 * InfLLM (Xiao et al. 2024, arXiv 2402.04617): a query looks at the first tokens, at a window of the latest, and at the blocks of what
 * lies between whose representatives it scores highest, all query heads together. Whatever is not in the window is at one distance, as
 * far as the window reaches, so no distance is ever longer.
 *
 * The authors choose as a block's representatives the four keys that tokens behind them paid most attention to. Attention weights do
 * not leave the graph here. A block is represented by the mean of its keys, or, where fewer are asked for, of those that point least where
 * the others do (which attention goes to by the observation of KeyDiff, Park et al. 2025); on SmolLM2 the mean of all is the better one.
 * What counts is the share of each head's attention, and the first two layers look at everything, as with Quest.
 */
import type { RowShape } from '../cache/cache-rows.ts';
import { rerope } from '../positions/rerope.ts';
import type { RetrievalRule } from './retrieval-rule.ts';

export interface InfLlmOptions {
  /** Blocks that are retrieved. */
  readonly blocks: number;
  /** Tokens a block. */
  readonly blockSize: number;
  /** First tokens that are always looked at. */
  readonly sinks: number;
  /** Keys that represent a block. */
  readonly representatives: number;
}

export const infLlmDefaults: InfLlmOptions = { blocks: 16, blockSize: 128, sinks: 128, representatives: 128 };

/** @param local tokens of the window, the query's own included */
export function infLlm(local: number, options: InfLlmOptions = infLlmDefaults): RetrievalRule {
  const { blocks, blockSize, sinks, representatives } = options;
  const first = Math.ceil(sinks / blockSize);
  // A window that does not begin with a block reaches into one more.
  const latest = Math.ceil(local / blockSize) + 1;
  const others = Object.entries({ block: blockSize, representatives, sinks }).filter(
    ([key, value]) => value !== (key === 'block' ? infLlmDefaults.blockSize : infLlmDefaults[key as 'sinks']),
  );
  return {
    name: ['infllm', local, blocks, ...others.map(([key, value]) => `${key}=${String(value)}`)].join(':'),
    pageSize: blockSize,
    pages: first + latest + blocks,
    from: (first + latest + blocks) * blockSize + 1,
    rotated: false,
    partial: false,
    shares: true,
    together: true,
    distances: rerope(Math.max(1, local - 1)),
    selectFrom: () => local - 1,
    summarise: (keys, count, shape, low, high) => {
      represent(keys, count, shape, representatives, low);
      high.set(low);
    },
    bias: (page, count) => (page < first || page >= count - latest ? Number.POSITIVE_INFINITY : 0),
  };
}

/** The mean of a page's keys that lie least in the direction of their mean, one kv head at a time. */
function represent(
  keys: Float32Array,
  count: number,
  { kvHeads, headSize }: RowShape,
  representatives: number,
  target: Float32Array,
): void {
  const width = kvHeads * headSize;
  for (let start = 0; start < width; start += headSize) {
    const mean = new Float64Array(headSize);
    for (let row = 0; row < count; row++)
      for (let c = 0; c < headSize; c++) mean[c] = (mean[c] ?? 0) + (keys[row * width + start + c] ?? 0);
    const similarity = Array.from({ length: count }, (_, row) => {
      let [product, length] = [0, 0];
      for (let c = 0; c < headSize; c++) {
        const value = keys[row * width + start + c] ?? 0;
        product += value * (mean[c] ?? 0);
        length += value * value;
      }
      return { row, cosine: length > 0 ? product / Math.sqrt(length) : 0 };
    });
    const chosen = similarity.sort((a, b) => a.cosine - b.cosine || a.row - b.row).slice(0, representatives);
    for (let c = 0; c < headSize; c++) {
      const sum = chosen.reduce((total, { row }) => total + (keys[row * width + start + c] ?? 0), 0);
      target[start + c] = sum / Math.max(1, chosen.length);
    }
  }
}
