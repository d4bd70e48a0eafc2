/** The status as the engine tells it: after a change, never twice the same, and the last one always. */
import assert from 'node:assert/strict';
import { type TestContext, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Emitter } from '../../../src/base/emitter.ts';
import { StatusFeed } from '../../../src/engine/status-feed.ts';
import type { EngineStatus } from '../../../src/protocol/status.ts';

interface Subject {
  readonly sent: readonly EngineStatus[];
  readonly faults: readonly unknown[];
  /** Sets what the status says, and tells of it. */
  readonly change: (outboundRequests: number, memory?: number) => void;
  reads: number;
}

function subject(t: TestContext, read?: () => void): Subject {
  const changed = new Emitter<undefined>();
  const sent: EngineStatus[] = [];
  const faults: unknown[] = [];
  let current = { outboundRequests: 0, memory: 0 };
  const self: Subject = {
    sent,
    faults,
    reads: 0,
    change: (outboundRequests, memory = 0) => {
      current = { outboundRequests, memory };
      changed.fire(undefined);
    },
  };
  const feed = new StatusFeed({
    onDidChange: changed.event,
    read: async () => {
      self.reads += 1;
      await sleep(1);
      read?.();
      return current as EngineStatus;
    },
    send: (status) => void sent.push(status),
    onFault: (error) => void faults.push(error),
    pauseMs: 10,
  });
  t.after(() => {
    feed.dispose();
  });
  return self;
}

const until = async (look: () => boolean): Promise<void> => {
  while (!look()) await sleep(2);
};

describe('the status feed', () => {
  it('reads nothing while nothing changes', async (t) => {
    const feed = subject(t);
    await sleep(50);
    assert.equal(feed.reads, 0);
  });

  it('sends the last of many changes, and far fewer than there were', async (t) => {
    const feed = subject(t);
    for (let n = 1; n <= 200; n += 1) {
      feed.change(n);
      if (n % 20 === 0) await sleep(1);
    }
    await until(() => feed.sent.at(-1)?.outboundRequests === 200);
    assert.ok(feed.sent.length < 100);
    await sleep(50);
    assert.equal(feed.sent.at(-1)?.outboundRequests, 200);
  });

  it('sends nothing for what says the same, memory aside', async (t) => {
    const feed = subject(t);
    feed.change(1, 100);
    await until(() => feed.sent.length === 1);
    feed.change(1, 200);
    await until(() => feed.reads === 2);
    await sleep(20);
    assert.equal(feed.sent.length, 1);
    feed.change(2, 300);
    await until(() => feed.sent.length === 2);
    assert.equal(feed.sent[1]?.memory, 300);
  });

  it('goes on after a status that could not be read', async (t) => {
    let fails = true;
    const feed = subject(t, () => {
      if (fails) throw new Error('the database is busy');
    });
    feed.change(1);
    await until(() => feed.faults.length === 1);
    fails = false;
    feed.change(1);
    await until(() => feed.sent.length === 1);
  });
});
