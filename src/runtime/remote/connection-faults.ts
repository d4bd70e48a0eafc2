/** What a failed connection means to a user: not reachable, not secure, or no HTTP at all. */
import { type LongsightError, fault } from '../../base/errors.ts';
import { type Sentence, joined, say } from '../../base/sentences.ts';

const unreachable: Readonly<Record<string, Sentence>> = {
  ECONNREFUSED: say('nothing is listening there'),
  ENOTFOUND: say('there is no host of that name'),
  EAI_AGAIN: say('the name could not be looked up'),
  EHOSTUNREACH: say('that host cannot be reached'),
  ENETUNREACH: say('that network cannot be reached'),
  ECONNRESET: say('it closed the connection'),
  EPIPE: say('it closed the connection'),
  ETIMEDOUT: say('it does not respond'),
  EACCES: say('this machine does not allow the connection'),
};

/** OpenSSL's verification errors as Node names them. */
const untrusted: Readonly<Record<string, Sentence>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: say('its certificate is self-signed'),
  SELF_SIGNED_CERT_IN_CHAIN: say('its certificate is signed by an authority that this machine does not know'),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: say('its certificate is signed by an authority that this machine does not know'),
  UNABLE_TO_GET_ISSUER_CERT: say('its certificate is signed by an authority that this machine does not know'),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: say('its certificate is signed by an authority that this machine does not know'),
  CERT_HAS_EXPIRED: say('its certificate has expired'),
  CERT_NOT_YET_VALID: say('its certificate is not valid yet'),
  CERT_REVOKED: say('its certificate was revoked'),
  ERR_TLS_CERT_ALTNAME_INVALID: say('its certificate is for another name'),
};

export function connectionFault(error: Error, host: string): LongsightError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const distrust = untrusted[code];
  if (distrust !== undefined) return fault('LS3212', joined([host, distrust], ', '), error);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS'))
    return fault('LS3212', say('{0} does not use TLS on that port', host), error);
  if (code.startsWith('HPE_')) return fault('LS3208', say('{0} does not use HTTP on that port', host), error);
  return fault('LS3201', joined([host, unreachable[code] ?? error.message], ', '), error);
}
