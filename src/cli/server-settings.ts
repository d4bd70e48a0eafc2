/** How a model server is asked from the command line: its address is given with --model or LONGSIGHT_MODEL, the rest by the environment. */
import { fault } from '../base/errors.ts';
import type { ServerSettings } from '../protocol/engine.ts';
import { isServerAddress, parseServerAddress } from '../protocol/server-address.ts';
import { wholeNumber } from './values.ts';

const timeoutNames = ['connectMs', 'firstTokenMs', 'stallMs'] as const;

/**
 * Who names an address for a command agrees to send to it. The key is taken from the environment alone: what stands on a command
 * line can be read by every user of the machine.
 * @throws LS1002 for a variable that cannot be read, LS3216 for a wrong address
 */
export function serverSettingsOf(model: string | null, environment: NodeJS.ProcessEnv): ServerSettings | undefined {
  if (model === null || !isServerAddress(model)) return undefined;
  const { origin } = parseServerAddress(model);
  const key = environment.LONGSIGHT_API_KEY;
  const context = environment.LONGSIGHT_SERVER_CONTEXT;
  return {
    key: key === undefined || key === '' ? null : { origin, value: key },
    agreed: [origin],
    timeouts: timeouts(environment.LONGSIGHT_SERVER_TIMEOUTS),
    contextLength: context === undefined || context === '' ? null : wholeNumber('LONGSIGHT_SERVER_CONTEXT', 1)(context),
  };
}

/** `connect,first-token,stall` in seconds; one that is left empty keeps its usual value. */
function timeouts(text: string | undefined): ServerSettings['timeouts'] {
  if (text === undefined || text === '') return {};
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > timeoutNames.length || parts.some((part) => part !== '' && !(Number(part) > 0)))
    throw fault(
      'LS1002',
      `LONGSIGHT_SERVER_TIMEOUTS takes up to three numbers of seconds, as in 10,300,60, not "${text}"`,
    );
  return Object.fromEntries(timeoutNames.flatMap((name, at) => (parts[at] ? [[name, Number(parts[at]) * 1000]] : [])));
}
