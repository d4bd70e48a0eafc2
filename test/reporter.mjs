// The test runner's closing lines: every failure in full, the names of what was skipped, with LONGSIGHT_TEST_TIMES=1 how long each file
// took, then 'N passed, N failed, N skipped'.
import path from 'node:path';

/** @param {AsyncIterable<{type: string, data: any}>} source */
export default async function* report(source) {
  let passed = 0;
  let failed = 0;
  const skipped = [];
  const files = [];
  for await (const { type, data } of source) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type === 'test:summary' && data.file !== undefined) files.push({ file: data.file, ms: data.duration_ms });
    // A suite, or a file as a whole, is no test of its own, unless the file failed outside of every test.
    const isTest = data?.details?.type !== 'suite' && data?.name !== data?.file;
    if (type === 'test:pass' && isTest) {
      if (data.skip !== undefined || data.todo !== undefined)
        skipped.push(`${data.name}${typeof data.skip === 'string' ? `: ${data.skip}` : ''}`);
      else passed += 1;
    }
    if (type === 'test:fail' && (isTest || data.details?.error?.failureType === 'testCodeFailure')) {
      failed += 1;
      const error = data.details?.error?.cause ?? data.details?.error;
      yield `FAILED ${path.relative(process.cwd(), data.file ?? '')} > ${data.name}\n${error?.stack ?? String(error)}\n\n`;
    }
  }
  for (const name of skipped) yield `skipped: ${name}\n`;
  if (process.env.LONGSIGHT_TEST_TIMES)
    for (const { file, ms } of files.sort((a, b) => b.ms - a.ms))
      yield `${(ms / 1000).toFixed(1).padStart(7)} s  ${path.relative(process.cwd(), file)}\n`;
  yield `${passed} passed, ${failed} failed, ${skipped.length} skipped\n`;
}
