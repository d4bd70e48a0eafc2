/** A process that computes with a provider, by its guard, until it is killed: `provider-user.ts HOME FINGERPRINT`. */
import { setTimeout as delay } from 'node:timers/promises';
import { ProviderGuard } from '../../src/runtime/providers/provider-guard.ts';

const [home = '', fingerprint = '', manner = ''] = process.argv.slice(2);
const guard = new ProviderGuard(home, 'webgpu', fingerprint);
guard.begin();
process.send?.('begun');
if (manner === 'ends') process.exit(0);
await delay(600_000);
