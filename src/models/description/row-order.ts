/** How a tensor's rows lie in a file when that is not the order they are computed in. */

export interface RowOrder {
  /** So many rows of the graph, a run, lie together in the file, in whatever order. */
  readonly run: number;
  /** Where the graph's row lies among the tensor's rows. */
  stored(row: number): number;
}

/**
 * llama.cpp's query and key rows for architectures it rotates by neighbouring pairs: a head's rows lie as pairs (d/2, 2), the graph
 * rotates halves (2, d/2).
 */
export function pairedRows(headSize: number): RowOrder {
  const half = headSize / 2;
  return {
    run: headSize,
    stored: (row) => {
      const within = row % headSize;
      return row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
    },
  };
}

/** Query, key and value rows head by head (heads, 3, d), as bloom's checkpoints have them; the graph has (3, heads, d). */
export function interleavedHeads(heads: number, headSize: number): RowOrder {
  return {
    run: headSize,
    stored: (row) => {
      const part = Math.floor(row / (heads * headSize));
      const head = Math.floor(row / headSize) % heads;
      return (head * 3 + part) * headSize + (row % headSize);
    },
  };
}
