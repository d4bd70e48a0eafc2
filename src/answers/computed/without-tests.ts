/** Leaves out what lies in tests and examples, unless the question asks for them or there is nothing else. */
import { isTestFile, isTestPath } from '../code/module-map.ts';
import type { World } from './form.ts';

export function withoutTests<T extends { readonly path: string }>(
  { wantsTests, isInScope }: World,
  found: readonly T[],
): { readonly kept: readonly T[]; readonly inTests: number } {
  const inScope = found.filter(({ path }) => isInScope(path));
  if (wantsTests) return { kept: inScope, inTests: 0 };
  // A folder of documents or tools may be what is asked about; the tests in it are still none of it.
  for (const isOther of [isTestPath, isTestFile]) {
    const own = inScope.filter(({ path }) => !isOther(path));
    if (own.length > 0) return { kept: own, inTests: inScope.length - own.length };
  }
  return { kept: inScope, inTests: 0 };
}
