/**
 * Retrieval inside the cache, planned: many tokens are read in full, under the rule's distances; a single token, once enough is cached,
 * goes through the form `retrieve` and looks at the pages the rule chooses for it.
 */
import { Tensor } from '../onnxruntime.ts';
import type { RetrievalRule } from '../retrieval/retrieval-rule.ts';
import type { PositionRule, StepContext, StepPlan } from './position-rule.ts';
import { relative } from './relative.ts';

/** Above every bound there is, and still a number to add bounds to. */
const certain = 1e30;

/** @param logN trained length of log-n attention; null: queries are as long as they are */
export function retrieved(rule: RetrievalRule, logN: number | null): PositionRule {
  const dense = relative({ distances: rule.distances, mask: null, logN });
  return {
    name: `${dense.name} + ${rule.name}`,
    plan: (context) => {
      const plan = dense.plan(context);
      const { pages } = context;
      return pages > 0 && plan.form === 'decode' ? planRetrieve(context, plan, rule, pages) : plan;
    },
  };
}

function planRetrieve(
  { h, group, queries, cached, tables, tensors }: StepContext,
  plan: StepPlan,
  rule: RetrievalRule,
  pages: number,
): StepPlan {
  // Layers of a sliding window only are dense, and have no inputs for more.
  if (!tables || group.window !== null) return { ...plan, form: 'retrieve' };
  const kept = Math.min(rule.pages, pages);
  // As many rows as are gathered, which may be more than are cached when the last page is not full.
  const keys = tables.backTo(Math.max(kept * rule.pageSize, cached.length));
  const selection = tables.at([rule.selectFrom(queries[0] ?? 0)]);
  const bias = Float32Array.from({ length: pages }, (_, page) => Math.min(rule.bias(page, pages), certain));
  return {
    form: 'retrieve',
    inputs: {
      ...plan.inputs,
      cos: keys.cos,
      sin: keys.sin,
      select_cos: selection.cos,
      select_sin: selection.sin,
      page_offsets: tensors.range(0, rule.pageSize, [rule.pageSize]),
      page_bias: new Tensor('float32', bias, [pages]),
      pages_kept: tensors.list([kept], [1]),
      page_shares: new Tensor('float32', Float32Array.of(rule.shares ? 1 : 0), [1]),
      head_groups: new Tensor('float32', headGroups(h, rule.together), [h.kvHeads, h.heads]),
    },
  };
}

/** Whose bounds count for whom, float32 [kvHeads, heads]. */
function headGroups({ heads, kvHeads }: StepContext['h'], together: boolean): Float32Array {
  const group = heads / kvHeads;
  return Float32Array.from({ length: kvHeads * heads }, (_, i) =>
    together || Math.floor((i % heads) / group) === Math.floor(i / heads) ? 1 : 0,
  );
}
