/** Disposables, events and cancellation: the promises that every room builds on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CancelledError, isCancelled, raceCancellation } from '../../../src/base/cancellation.ts';
import { DisposableStore, toDisposable } from '../../../src/base/disposable.ts';
import { Emitter } from '../../../src/base/emitter.ts';

describe('lifetimes', () => {
  it('disposes what a store owns once, last first', () => {
    const order: string[] = [];
    const store = new DisposableStore();
    for (const name of ['first', 'second', 'third']) store.add(toDisposable(() => order.push(name)));
    store.dispose();
    store.dispose();
    assert.deepEqual(order, ['third', 'second', 'first']);
  });

  it('disposes at once what is added to a disposed store', () => {
    const store = new DisposableStore();
    store.dispose();
    let released = false;
    store.add(toDisposable(() => (released = true)));
    assert.equal(released, true);
  });

  it('tells every listener until it unsubscribes, also when one leaves while being told', () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    const first = emitter.event((value) => {
      heard.push(`first ${value}`);
      first.dispose();
    });
    emitter.event((value) => heard.push(`second ${value}`));
    emitter.fire(1);
    emitter.fire(2);
    assert.deepEqual(heard, ['first 1', 'second 1', 'second 2']);
  });
});

describe('cancellation', () => {
  it('rejects a race as soon as the signal is aborted and leaves no listener behind', async () => {
    const controller = new AbortController();
    const never = new Promise<never>(() => undefined);
    const race = raceCancellation(never, controller.signal);
    controller.abort();
    await assert.rejects(race, CancelledError);
  });

  it('gives the value of work that ends first', async () => {
    assert.equal(await raceCancellation(Promise.resolve('done'), new AbortController().signal), 'done');
  });

  it('knows the platform’s AbortError as a cancellation and a plain failure as none', () => {
    assert.equal(isCancelled(AbortSignal.abort().reason), true);
    assert.equal(isCancelled(new Error('broken')), false);
  });
});
