/** Which architectures Longsight builds graphs for today; listings say so before anything is downloaded. */
import { architectureNames } from './architectures/table.ts';

/** By the name in `general.architecture` of a GGUF file or `model_type` of a config.json. */
const runnable: ReadonlySet<string> = new Set([...architectureNames, 'bert']);

export function runsArchitecture(architecture: string): boolean {
  return runnable.has(architecture);
}
