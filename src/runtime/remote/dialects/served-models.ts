/** The models that a server lists, which also tells what kind of server it is. */
import { z } from 'zod';
import { fault } from '../../../base/errors.ts';
import { say } from '../../../base/sentences.ts';
import type { ServerConnection } from '../connection.ts';
import type { ServerKind } from '../dialect.ts';

const listed = z.looseObject({
  data: z
    .array(
      z.looseObject({
        id: z.string(),
        owned_by: z.string().nullish(),
        max_model_len: z.int().positive().nullish(),
        context_length: z.int().positive().nullish(),
        meta: z.looseObject({ n_params: z.number().nullish(), size: z.number().nullish() }).nullish(),
      }),
    )
    .nullish(),
});

export interface ServedModel {
  readonly id: string;
  readonly kind: ServerKind;
  /** Tokens, where the list says it. */
  readonly contextLength: number | null;
  /** The id with whatever else the list says of the weights. */
  readonly fingerprint: string;
}

/** Whom each kind of server names as the models' owner. */
const kinds: Readonly<Record<string, ServerKind>> = {
  llamacpp: 'llama.cpp',
  me: 'llama-cpp-python',
  library: 'ollama',
  vllm: 'vllm',
  sglang: 'sglang',
};
const mostNamed = 8;

/** The model of the address. @throws LS3203 when the server does not have it, LS3204 when none was named and there are several */
export async function findServedModel(connection: ServerConnection, signal: AbortSignal): Promise<ServedModel> {
  const { address } = connection;
  const { data } = await connection.json(`${address.basePath}/models`, null, listed, signal);
  const models = data ?? [];
  const names = `${models
    .slice(0, mostNamed)
    .map(({ id }) => id)
    .join(', ')}${models.length > mostNamed ? ', …' : ''}`;
  if (models.length === 0) throw fault('LS3203', say('{0} has no models', address.host));
  if (address.model === null && models.length > 1)
    throw fault('LS3204', say('{0} has these models: {1}', address.host, names));
  const wanted = address.model;
  // Ollama's names have a tag, which people leave out.
  const found =
    models.find(({ id }) => wanted === null || id === wanted) ??
    models.find(({ id }) => id === `${String(wanted)}:latest`);
  if (!found) throw fault('LS3203', say('{0}; {1} has these models: {2}', String(wanted), address.host, names));
  const { id, owned_by: owner, meta } = found;
  return {
    id,
    kind: kinds[owner ?? ''] ?? 'openai',
    contextLength: found.max_model_len ?? found.context_length ?? null,
    fingerprint: JSON.stringify([owner ?? '', id, meta?.n_params ?? null, meta?.size ?? null]),
  };
}
