/** Which architectures Longsight builds graphs for today; listings say so before anything is downloaded. */
import { decoderArchitectures } from './architectures/hyperparameters.ts';

/** By the name in `general.architecture` of a GGUF file or `model_type` of a config.json. */
const runnable: ReadonlySet<string> = new Set([...decoderArchitectures, 'bert']);

export function runsArchitecture(architecture: string): boolean {
  return runnable.has(architecture);
}
