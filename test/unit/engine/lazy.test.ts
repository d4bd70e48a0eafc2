/** Something made on first need: once for all, again after a failure, and handed over to be disposed of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Lazy } from '../../../src/engine/lazy.ts';

describe('a lazy value', () => {
  it('is made once, on the first need', async () => {
    let made = 0;
    const lazy = new Lazy(() => Promise.resolve(++made));
    assert.equal(lazy.peek(), undefined);
    assert.equal(lazy.isStarted, false);
    assert.deepEqual(await Promise.all([lazy.get(), lazy.get()]), [1, 1]);
    assert.equal(lazy.peek(), 1);
  });

  it('is made again after a failure', async () => {
    let tries = 0;
    const lazy = new Lazy(() => (++tries === 1 ? Promise.reject(new Error('first')) : Promise.resolve(tries)));
    await assert.rejects(lazy.get(), /first/);
    assert.equal(lazy.isStarted, false);
    assert.equal(await lazy.get(), 2);
  });

  it('hands over what is there or still being made, and nothing when the making failed', async () => {
    const lazy = new Lazy(() => Promise.resolve('value'));
    assert.equal(await lazy.take(), undefined);
    const made = lazy.get();
    assert.equal(await lazy.take(), 'value');
    assert.equal(await made, 'value');
    assert.equal(lazy.peek(), undefined);
    const failing = new Lazy<string>(() => Promise.reject(new Error('never')));
    const failure = assert.rejects(failing.get(), /never/);
    assert.equal(await failing.take(), undefined);
    await failure;
  });
});
