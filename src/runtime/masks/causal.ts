/** Every key up to the query: what decoders are trained with. */
import { type Mask, run } from './mask.ts';

export const causal: Mask = {
  name: 'causal',
  sees: () => true,
  runs: (query) => [run(0, query + 1)],
};
