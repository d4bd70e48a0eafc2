/** Work over a network: tried again a few times, and its last error is not hidden. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { overNetwork } from '../../../tools/over-network.ts';

it('is done again until it succeeds, and its last error is thrown', async () => {
  let tries = 0;
  const failing =
    (times: number): (() => Promise<number>) =>
    () => {
      tries += 1;
      return tries <= times ? Promise.reject(new Error(`try ${tries}`)) : Promise.resolve(tries);
    };
  assert.equal(await overNetwork(failing(2), [0, 0]), 3);
  tries = 0;
  await assert.rejects(overNetwork(failing(3), [0, 0]), /try 3/);
});
