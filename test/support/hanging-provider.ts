/** Stands for a driver that computes a first thing right and hangs in the next. */
import { setTimeout as delay } from 'node:timers/promises';

process.stdout.write(
  `${JSON.stringify({ usable: true, reason: { say: 'computed a product', values: [] }, decoder: true, flash: false, speed: null })}\n`,
);
await delay(600_000);
