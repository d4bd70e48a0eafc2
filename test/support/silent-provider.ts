/** Stands for a driver that hangs before it has computed anything. */
import { setTimeout as delay } from 'node:timers/promises';

await delay(600_000);
