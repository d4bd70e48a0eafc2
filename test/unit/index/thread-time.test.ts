/** A thread's own time: it stands still while the thread waits or another one computes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { threadTime } from '../../../src/index/parse/thread-time.ts';

const isThreadsOwn = process.platform === 'linux' || 'threadCpuUsage' in process;

test(
  'time that another thread computes is not counted',
  { skip: isThreadsOwn ? false : 'this Node counts processes only' },
  async () => {
    const worker = new Worker('const end = performance.now() + 400; while (performance.now() < end);', { eval: true });
    const before = threadTime();
    await new Promise((resolve) => worker.once('exit', resolve));
    assert.ok(threadTime() - before < 200);
  },
);

test('time that this thread computes is counted', () => {
  const before = threadTime();
  let sum = 0;
  while (threadTime() - before < 50) for (let i = 0; i < 100_000; i += 1) sum += i;
  assert.ok(sum > 0);
});
