/** Small graphs over the cached rows of all layers on the graphics processor: some rows of them, and more rows behind them. */
import { GraphBuilder } from '../../models/onnx/graph-builder.ts';

export interface RowGraphShape {
  readonly layers: number;
  /** Numbers a row and side. */
  readonly width: number;
  readonly type: 'float32' | 'float16';
}

/** The names of the outputs of both graphs, and of every decoder graph, that hold rows. */
export function rowNames(layers: number): string[] {
  return Array.from({ length: layers }, (_, i) => [`k_${String(i)}`, `v_${String(i)}`]).flat();
}

/** Inputs `rows` int64 [kept] and `past_k_i`, `past_v_i`; outputs `k_i`, `v_i`: those rows of them, in that order. */
export function chosenRowsGraph({ layers, width, type }: RowGraphShape): Uint8Array {
  const g = new GraphBuilder('chosen-rows');
  const rows = g.input('rows', 'int64', ['kept']);
  for (const name of rowNames(layers)) {
    const past = g.input(`past_${name}`, type, ['past', width]);
    g.output(g.node('Gather', [past, rows], { axis: 0 }, { output: name }), type, ['kept', width]);
  }
  return g.encode();
}

/** Inputs `past_k_i`, `past_v_i` and `added_k_i`, `added_v_i`; outputs `k_i`, `v_i`: both, one behind the other. */
export function joinedRowsGraph({ layers, width, type }: RowGraphShape): Uint8Array {
  const g = new GraphBuilder('joined-rows');
  for (const name of rowNames(layers)) {
    const past = g.input(`past_${name}`, type, ['past', width]);
    const added = g.input(`added_${name}`, type, ['added', width]);
    g.output(g.node('Concat', [past, added], { axis: 0 }, { output: name }), type, ['all', width]);
  }
  return g.encode();
}
