/** The table of architectures that graphs are built for; docs/adding-an-architecture.md says how to add one. */
import { say } from '../../base/sentences.ts';
import type { Architecture } from './architecture.ts';
import { bloom } from './bloom.ts';
import { gemma3 } from './gemma3.ts';
import { granite } from './granite.ts';
import { llama } from './llama.ts';
import { mistral } from './mistral.ts';
import { mpt } from './mpt.ts';
import { phi3 } from './phi3.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';
import { qwen3moe } from './qwen3moe.ts';
import { type Settings, unsupported } from '../description/settings.ts';
import { starcoder2 } from './starcoder2.ts';

export const architectures: readonly Architecture[] = [
  llama,
  mistral,
  qwen2,
  qwen3,
  qwen3moe,
  gemma3,
  phi3,
  starcoder2,
  granite,
  bloom,
  mpt,
];

/** Every name that a supported model may give itself, in either format. */
export const architectureNames: ReadonlySet<string> = new Set(
  architectures.flatMap(({ name, modelTypes }) => [name, ...modelTypes]),
);

/** @throws LS2304 that names the architecture and what is supported */
export function architectureOf({ format, architecture }: Pick<Settings, 'format' | 'architecture'>): Architecture {
  const found = architectures.find(({ name, modelTypes }) =>
    format === 'gguf' ? name === architecture : modelTypes.includes(architecture),
  );
  const supported = architectures.map(({ name }) => name).join(', ');
  return found ?? unsupported(say('its architecture is "{0}", and Longsight runs {1}', architecture, supported));
}
