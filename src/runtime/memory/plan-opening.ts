/** What opening a decoder would come to on this machine: the one function that plans, for the decoder's worker and for `models inspect`. */
import type { PreparedSizes } from '../../models/weights/prepared-model.ts';
import type { Provider } from '../../protocol/providers.ts';
import { digitsPay } from '../probing/digit-trial.ts';
import { roundingHolds } from '../probing/rounding-trial.ts';
import { adapterMemory } from './adapter-memory.ts';
import { type FreeMemory, freeMemory } from './free-memory.ts';
import { type MemoryPlan, planMemory } from './memory-plan.ts';

export interface OpeningOptions {
  /** LONGSIGHT_HOME. */
  readonly home: string;
  readonly threads: number;
  /** Computes single tokens with float32 activations too. */
  readonly exact: boolean;
  readonly provider: Provider;
  /** What the plan is made from; null: what is free now. */
  readonly free: FreeMemory | null;
}

export interface PlannedOpening {
  readonly plan: MemoryPlan;
  /** Whether kernels that round activations are right here. */
  readonly rounds: boolean;
}

/** @throws LS3009 when memory does not suffice; LS2005, LS2006; ONNX Runtime's error when not even small graphs can be run */
export async function planOpening(
  { hyperparameters, weightBytes, isExact }: PreparedSizes,
  { home, threads, exact, provider, free }: OpeningOptions,
): Promise<PlannedOpening> {
  const rounds = provider !== 'cpu' || isExact || (await roundingHolds(threads));
  const digits = provider === 'cpu' && rounds && !exact && !isExact && (await digitsPay(home, threads));
  const plan = planMemory(hyperparameters, weightBytes, { provider, free: free ?? (await freeFor(provider)), digits });
  return { plan, rounds };
}

async function freeFor(provider: Provider): Promise<FreeMemory> {
  return (provider === 'cpu' ? null : await adapterMemory()) ?? freeMemory();
}
