/** Activation functions by the names configurations have for them. */
import { say } from '../../base/sentences.ts';
import type { Activation } from '../architectures/design.ts';
import { type Settings, unsupported } from '../description/settings.ts';

const activations: Readonly<Record<string, Activation>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_fast: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  relu: 'relu',
};

/** @param usual the architecture's own, which GGUF never states @throws LS2304 for a function there is no rule for */
export function readActivation(settings: Settings, usual: Activation): Activation {
  const stated = settings.text('activation');
  if (stated === undefined) return usual;
  const known = Object.hasOwn(activations, stated) ? activations[stated] : undefined;
  return known ?? unsupported(say('its activation is "{0}"', stated));
}
