/**
 * The end of a worker thread, between two computations: a thread that is stopped within ONNX Runtime's native code throws a C++
 * exception out of its environment, which aborts the whole process.
 */
import type { Worker } from 'node:worker_threads';
import { type MessageConnection, NotificationType0 } from 'vscode-jsonrpc/node';

const endNotification = new NotificationType0('worker/end');
/** How long the end is waited for, milliseconds. A thread in a longer computation ends by itself after it. */
const patienceMs = 5000;

/**
 * In the worker: ends the thread when it is told to, which it hears only between computations.
 * @param settled what it still has to write
 */
export function endWhenTold(
  connection: MessageConnection,
  settled: () => Promise<void> = () => Promise.resolve(),
): void {
  // In a worker this ends the thread, not the process.
  connection.onNotification(endNotification, () => void settled().finally(() => process.exit(0)));
}

/** Tells the thread to end and waits until it has, or until it holds the process no longer. */
export async function endWorker(worker: Worker, connection: MessageConnection, hasEnded: boolean): Promise<void> {
  if (!hasEnded) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        worker.unref();
        resolve();
      }, patienceMs);
      worker.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      connection.sendNotification(endNotification).catch(() => {
        // The port is closed: its thread is ending already.
      });
    });
  }
  connection.dispose();
}
