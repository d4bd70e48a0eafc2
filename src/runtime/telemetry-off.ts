/**
 * Switches off what ONNX Runtime reports to its maker: from 1.30 on the library queues events and a device id below the user's
 * cache folder and sends them, unless this variable is set before it is loaded.
 */
import { isMainThread } from 'node:worker_threads';

const variable = 'ORT_DISABLE_TELEMETRY';

/**
 * Call before the library is loaded, and before a thread is started that loads it. The library asks the environment of the
 * process, which only the main thread can set: a thread has a copy, and this one refuses to go on when the copy was taken too early.
 */
export function switchTelemetryOff(): void {
  if (isMainThread) process.env[variable] = '1';
  else if (process.env[variable] !== '1')
    throw new Error(`${variable} was not set when this thread was started; ONNX Runtime would report to its maker`);
}
