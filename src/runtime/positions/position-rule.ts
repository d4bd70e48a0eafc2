/**
 * Where queries and keys stand and which of them see each other: a rule turns what a step computes into a graph's form and its inputs
 * of positions, tables and mask, one attention group at a time.
 */
import type { Tensor } from '../onnxruntime.ts';
import type { GraphForm } from '../../models/graphs/graph-spec.ts';
import type { AttentionGroup, Hyperparameters } from '../../models/description/hyperparameters.ts';
import type { RopeTables } from '../rope/tables.ts';
import type { PositionTensors } from './position-tensors.ts';

/** One step of one sequence, as one attention group sees it. */
export interface StepContext {
  readonly h: Hyperparameters;
  readonly group: AttentionGroup;
  /** Position of each new token, ascending. */
  readonly queries: readonly number[];
  /** Position of each cached row that is fed, in the order it is fed; the new tokens' keys come behind them and stand where their queries do. */
  readonly cached: readonly number[];
  /** True while `cached` is 0, 1, 2, … and the queries follow. */
  readonly inOrder: boolean;
  /** A single token that may go through `decode`; then every fed row is one it may see. */
  readonly single: boolean;
  /** Pages of the cache that are summarised, for a single token that may look at some of them only; 0: there are no summaries. */
  readonly pages: number;
  /** Of the rotation that was chosen; null for groups that are not rotated. */
  readonly tables: RopeTables | null;
  readonly tensors: PositionTensors;
}

export interface StepPlan {
  readonly form: GraphForm;
  /** Inputs of the group by their names without its suffix. */
  readonly inputs: Readonly<Record<string, Tensor>>;
}

export interface PositionRule {
  /** The rule in its one spelling; states computed under the same text may be continued. */
  readonly name: string;
  plan(context: StepContext): StepPlan;
}
