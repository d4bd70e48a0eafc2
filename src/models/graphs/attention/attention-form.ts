/** What the forms of attention (attention.ts) share: what a layer gives them, and what they give back. */
import type { GraphBuilder, Value } from '../../onnx/graph-builder.ts';
import type { GroupRotation } from '../graph-rotation.ts';
import type { Hyperparameters } from '../../description/hyperparameters.ts';

/** Keys and values: new rows [new, kvHeads * headSize] and cached ones [past, …]; on WebGPU `k` and `v` are both in one and there are no others. */
export interface AttentionRows {
  readonly k: Value;
  readonly v: Value;
  readonly pastK: Value;
  readonly pastV: Value;
}

/** `q` [new, heads * headSize]. */
interface AttentionInputs extends AttentionRows {
  readonly q: Value;
}

/** One layer's attention: [new, heads * headSize] out. */
export type Attention = (inputs: AttentionInputs) => Value;

/** What a form needs of its group: the names of the inputs it declares end in the suffix. */
export interface GroupBuilder {
  readonly g: GraphBuilder;
  readonly h: Hyperparameters;
  readonly rotation: GroupRotation | null;
  readonly suffix: string;
}
