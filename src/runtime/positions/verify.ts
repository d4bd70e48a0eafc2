/** Several tokens at plain positions, each computed as `decode` computes it alone; see models/architectures/verifying-attention.ts. */
import { Tensor } from '../onnxruntime.ts';
import { rotationInputs } from './full.ts';
import type { StepContext, StepPlan } from './position-rule.ts';

/** @param context of a sequence in order in which every token sees all before it */
export function planVerify(context: StepContext): StepPlan {
  const count = context.queries.length;
  const past = context.cached.length;
  const all = past + count;
  const later = new Float32Array(count * all);
  const own = new Uint8Array(count * all);
  for (let t = 0; t < count; t++) {
    own[t * all + past + t] = 1;
    later.fill(Number.NEGATIVE_INFINITY, t * all + past + t + 1, (t + 1) * all);
  }
  return {
    form: 'verify',
    inputs: {
      ...rotationInputs({ ...context, single: true }),
      later: new Tensor('float32', later, [count, 1, all]),
      own: new Tensor('bool', own, [count, 1, all]),
    },
  };
}
