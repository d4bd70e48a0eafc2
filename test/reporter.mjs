// The test runner's closing lines: every failure in full, the names of what was skipped, with LONGSIGHT_TEST_TIMES=1 how long each file
// took, then 'N passed, N failed, N skipped'.
import path from 'node:path';
import { outcomeOf } from './support/outcomes.ts';

/** @param {AsyncIterable<{type: string, data: any}>} source */
export default async function* report(source) {
  let passed = 0;
  let failed = 0;
  const skipped = [];
  const files = [];
  for await (const event of source) {
    const { type, data } = event;
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type === 'test:summary' && data.file !== undefined) files.push({ file: data.file, ms: data.duration_ms });
    const outcome = outcomeOf(event);
    if (outcome?.state === 'passed') passed += 1;
    if (outcome?.state === 'skipped') skipped.push(outcome.title);
    if (outcome?.state === 'failed') {
      failed += 1;
      yield `FAILED ${path.relative(process.cwd(), data.file ?? '')} > ${outcome.title}\n${outcome.error}\n\n`;
    }
  }
  for (const name of skipped) yield `skipped: ${name}\n`;
  if (process.env.LONGSIGHT_TEST_TIMES)
    for (const { file, ms } of files.sort((a, b) => b.ms - a.ms))
      yield `${(ms / 1000).toFixed(1).padStart(7)} s  ${path.relative(process.cwd(), file)}\n`;
  yield `${passed} passed, ${failed} failed, ${skipped.length} skipped\n`;
}
