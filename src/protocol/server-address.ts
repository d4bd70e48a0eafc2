/** Where a model server is and which of its models is meant: `http://host:port/v1#model`. */
import { fault } from '../base/errors.ts';
import { say } from '../base/sentences.ts';

export interface ServerAddress {
  /** Scheme, host and port: what a key belongs to. */
  readonly origin: string;
  /** Under which OpenAI's interface lies, without a slash at the end; empty when it lies at the top. */
  readonly basePath: string;
  /** Under which the server's own interface lies: the base path without its `/v1`. */
  readonly rootPath: string;
  /** null: the only one that the server has. */
  readonly model: string | null;
  /** Host and port as they are shown. */
  readonly host: string;
  /** True when what is sent does not leave this machine. */
  readonly isLoopback: boolean;
  readonly isEncrypted: boolean;
}

/** Whether what was given for a model is an address and not an id or a path. */
export function isServerAddress(model: string): boolean {
  return /^https?:\/\//i.test(model);
}

/** @throws LS3216 for what is no address, or one with a user name, a password or a query, where a key might stand */
export function parseServerAddress(text: string): ServerAddress {
  const shown = text.replace(/\/\/[^/?#]*@/, '//').replace(/\?[^#]*/, '');
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw fault('LS3216', shown, error);
  }
  if (!isServerAddress(text)) throw fault('LS3216', say('{0} (it begins with neither http:// nor https://)', shown));
  if (url.username !== '' || url.password !== '')
    throw fault('LS3216', say('{0} (with a user name or password in it)', shown));
  if (url.search !== '') throw fault('LS3216', say('{0} (with a query behind a question mark)', shown));
  const path = url.pathname.replace(/\/+$/, '');
  const basePath = path === '' ? '/v1' : path;
  return {
    origin: url.origin,
    basePath,
    rootPath: basePath.replace(/\/v1$/, ''),
    model: url.hash === '' ? null : decoded(url.hash.slice(1)),
    host: url.host,
    isLoopback: isLoopbackName(url.hostname),
    isEncrypted: url.protocol === 'https:',
  };
}

/** One text for the settings' address and model. */
export function serverModel(url: string, model: string): string {
  const bare = url.trim().replace(/#.*$/, '');
  return model.trim() === '' ? url.trim() : `${bare}#${encodeURIComponent(model.trim())}`;
}

/** By RFC 6761 and RFC 5735: localhost and what ends in it, 127.0.0.0/8, ::1. */
function isLoopbackName(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

function decoded(hash: string): string {
  try {
    return decodeURIComponent(hash);
  } catch {
    // A bare percent sign is a part of the name.
    return hash;
  }
}
