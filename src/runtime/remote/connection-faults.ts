/** What a failed connection means to a user: not reachable, not secure, or no HTTP at all. */
import { type LongsightError, fault } from '../../base/errors.ts';

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  ETIMEDOUT: 'it does not respond',
  EACCES: 'this machine does not allow the connection',
};

/** OpenSSL's verification errors as Node names them. */
const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an authority that this machine does not know',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

export function connectionFault(error: Error, host: string): LongsightError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const distrust = untrusted[code];
  if (distrust !== undefined) return fault('LS3212', `${host}, ${distrust}`, error);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS'))
    return fault('LS3212', `${host} does not speak TLS there`, error);
  if (code.startsWith('HPE_')) return fault('LS3208', `${host} does not speak HTTP there`, error);
  return fault('LS3201', `${host}, ${unreachable[code] ?? error.message}`, error);
}
