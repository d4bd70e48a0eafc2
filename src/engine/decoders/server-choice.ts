/** A model server as a decoder that can be started: nothing is sent to it before it is needed, and nothing to another machine before the user agreed. */
import { createHash } from 'node:crypto';
import { fault } from '../../base/errors.ts';
import type { ServerSettings } from '../../protocol/engine.ts';
import { type ServerAddress, parseServerAddress } from '../../protocol/server-address.ts';
import { defaultTimeouts } from '../../runtime/remote/deadlines.ts';
import { openRemoteDecoder } from '../../runtime/remote/open-remote-decoder.ts';
import type { DecoderChoiceOptions, ResolvedChoice } from './resolved-choice.ts';

const noSettings: ServerSettings = { key: null, agreed: [], timeouts: {}, contextLength: null };

/** @throws LS3216 */
export function chooseServer(model: string, options: DecoderChoiceOptions): ResolvedChoice {
  const address = parseServerAddress(model);
  const settings = options.server ?? noSettings;
  const { contextLength } = settings;
  const key = settings.key?.origin === address.origin ? settings.key.value : null;
  const isAllowed = address.isLoopback || settings.agreed.includes(address.origin);
  const timeouts = { ...defaultTimeouts, ...settings.timeouts };
  return {
    // Whatever changes how the server is asked makes it another decoder; the key itself stands nowhere.
    key: digest([address, timeouts, contextLength, options.offline, isAllowed, key]),
    id: idOf(address),
    displayName: address.model ?? address.host,
    contextLength: contextLength ?? 0,
    server: { host: address.host, software: null, isLoopback: address.isLoopback },
    // What a verdict is about is known once the server said which weights it has.
    modelOf: (info) =>
      info
        ? { id: info.id, sha256: digest([address.origin, info.fingerprint ?? info.id]), weights: '', files: {} }
        : null,
    open: async () => {
      if (!isAllowed) throw fault('LS3217', address.host);
      const { offline, logger, signal } = options;
      return openRemoteDecoder({ address, key, timeouts, offline, contextLength, logger }, signal);
    },
  };
}

function idOf({ host, model }: ServerAddress): string {
  return model === null ? host : `${host}/${model}`;
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
