/** The one place that says whether a socket may be opened; what is, is counted. */
import { fault } from '../base/errors.ts';
import { countOutboundRequest } from '../base/outbound-requests.ts';

/** True when LONGSIGHT_OFFLINE is set to anything but 0. */
function isOfflineByEnvironment(): boolean {
  const value = process.env.LONGSIGHT_OFFLINE;
  return value !== undefined && value !== '' && value !== '0';
}

/**
 * Call before anything that opens a socket.
 * @param what names what would be fetched, for the message
 * @throws LS2007 when the user wants no network
 */
export function openOutbound(what: string, offline: boolean): void {
  if (offline || isOfflineByEnvironment()) throw fault('LS2007', what);
  countOutboundRequest();
}

/**
 * Call before every request to a model server, one on this machine included: "no socket" means none.
 * @param host names the server, for the message
 * @throws LS3218 when the user wants no network
 */
export function openServerSocket(host: string, offline: boolean): void {
  if (offline || isOfflineByEnvironment()) throw fault('LS3218', host);
  countOutboundRequest();
}
