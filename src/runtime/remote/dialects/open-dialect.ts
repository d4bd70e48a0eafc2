/** Finds out what kind of server answers at an address, and opens it as that. */
import type { Logger } from '../../../base/logging.ts';
import type { ServerConnection } from '../connection.ts';
import type { Dialect } from '../dialect.ts';
import { hasEndpoint } from './endpoint.ts';
import { askContextLength, openLlamaCppPython } from './llama-cpp-python.ts';
import { openLlamaCpp } from './llama-cpp.ts';
import { openOllama } from './ollama.ts';
import { openAiDialect, plainOpenAi } from './openai.ts';
import { type ServedModel, findServedModel } from './served-models.ts';
import { openSglang } from './sglang.ts';
import { openVllm } from './vllm.ts';

/** For a server that does not say: small enough for any model of the last years. Tokens. */
const assumedContext = 4096;

export interface OpenDialectOptions {
  readonly connection: ServerConnection;
  /** Tokens; what the user says of a server that does not say it, or the most that is to be used. */
  readonly contextLength: number | null;
  readonly logger: Logger;
}

/** @throws LS3201 to LS3219, CancelledError */
export async function openDialect(options: OpenDialectOptions, signal: AbortSignal): Promise<Dialect> {
  const { connection, logger } = options;
  const served = await kindChecked(connection, await findServedModel(connection, signal), signal);
  const dialect = await openAs(served, options, signal);
  const { kind, model, contextLength } = dialect;
  logger.info({ server: connection.address.host, kind, model, contextLength }, 'a model server is in use');
  return dialect;
}

/** Models that someone else published have his name as owner in Ollama's list. */
async function kindChecked(
  connection: ServerConnection,
  served: ServedModel,
  signal: AbortSignal,
): Promise<ServedModel> {
  if (served.kind !== 'openai') return served;
  const isOllama = await hasEndpoint(connection, `${connection.address.rootPath}/api/version`, null, signal);
  return isOllama ? { ...served, kind: 'ollama' } : served;
}

async function openAs(
  served: ServedModel,
  { connection, contextLength: wanted }: OpenDialectOptions,
  signal: AbortSignal,
): Promise<Dialect> {
  const least = (stated: number | null): number => Math.min(wanted ?? Infinity, stated ?? wanted ?? assumedContext);
  switch (served.kind) {
    case 'llama.cpp': {
      const dialect = await openLlamaCpp(connection, served, signal);
      return { ...dialect, contextLength: least(dialect.contextLength) };
    }
    case 'llama-cpp-python': {
      const stated = wanted ?? (await askContextLength(connection, served.id, signal));
      return openLlamaCppPython(connection, served, least(stated));
    }
    case 'ollama':
      return openOllama(connection, served, wanted, signal);
    case 'vllm':
      return openVllm(connection, served, least(served.contextLength), signal);
    case 'sglang':
      return openSglang(connection, served, least(served.contextLength), signal);
    case 'openai':
      return openAiDialect({
        connection,
        variation: plainOpenAi,
        model: served.id,
        contextLength: least(served.contextLength),
        fingerprint: served.fingerprint,
        counting: null,
        tokenize: null,
      });
  }
}
