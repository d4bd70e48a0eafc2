/** Opens a decoder on a server: finds out what the server is, what its model holds, and whether its file lies on this machine. */
import { existsSync } from 'node:fs';
import type { Logger } from '../../base/logging.ts';
import { findOllamaModels, ollamaFolders } from '../../models/discovery/ollama.ts';
import type { ServerAddress } from '../../protocol/server-address.ts';
import type { ChatMessage, Decoder } from '../decoder.ts';
import { ServerConnection } from './connection.ts';
import type { ServerTimeouts } from './deadlines.ts';
import type { Dialect } from './dialect.ts';
import { openDialect } from './dialects/open-dialect.ts';
import { type LocalRendering, openLocalRendering } from './local-rendering.ts';
import { RemoteDecoder } from './remote-decoder.ts';

export interface OpenRemoteOptions {
  readonly address: ServerAddress;
  readonly key: string | null;
  readonly timeouts: ServerTimeouts;
  readonly offline: boolean;
  /** Tokens: what the user says of a server that does not say it, or the most that is to be used. */
  readonly contextLength: number | null;
  readonly logger: Logger;
  /** Where Ollama keeps models on this machine; left out: its usual folders. */
  readonly ollama?: readonly string[];
}

/** @throws LS3201 to LS3219, CancelledError */
export async function openRemoteDecoder(options: OpenRemoteOptions, signal: AbortSignal): Promise<Decoder> {
  const { address, logger } = options;
  const connection = new ServerConnection(options);
  try {
    const dialect = await openDialect({ connection, contextLength: options.contextLength, logger }, signal);
    const local = address.isLoopback ? await localRendering(dialect, options, signal) : null;
    return new RemoteDecoder({ connection, dialect, local, logger });
  } catch (error) {
    connection.dispose();
    throw error;
  }
}

/** Only for servers that cannot render and count by themselves. */
async function localRendering(
  dialect: Dialect,
  { logger, ollama }: OpenRemoteOptions,
  signal: AbortSignal,
): Promise<LocalRendering | null> {
  if (dialect.counting?.chat) return null;
  const file = dialect.kind === 'ollama' ? await ollamaFile(dialect.model, ollama, logger) : dialect.model;
  if (file === null || !/gguf$|sha256-[0-9a-f]+$/i.test(file) || !existsSync(file)) return null;
  const local = await openLocalRendering(file, logger);
  return local && (await agrees(dialect, local, signal)) ? local : null;
}

async function ollamaFile(
  model: string,
  folders: readonly string[] | undefined,
  logger: Logger,
): Promise<string | null> {
  const found = await Promise.all((folders ?? ollamaFolders()).map((folder) => findOllamaModels(folder, logger)));
  return found.flat().find(({ id }) => id === `ollama:${model}`)?.path ?? null;
}

const sample: readonly ChatMessage[] = [
  { role: 'system', content: 'You read code.' },
  { role: 'user', content: 'def area(self) -> float:\n    return 3.14159 * self.radius ** 2  # πr²\n' },
];

/** Whether the server splits a rendered conversation into as many tokens as we do: the file may be another one by now. */
async function agrees(dialect: Dialect, local: LocalRendering, signal: AbortSignal): Promise<boolean> {
  if (!dialect.counting) return true;
  return (await dialect.counting.text(local.render(sample), signal)) === local.countChat(sample);
}
