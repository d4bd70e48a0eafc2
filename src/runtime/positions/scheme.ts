/** From what a request asks for (`--rope`, `--mask`, a window) to how its state handles positions and the cache. */
import { fault } from '../../base/errors.ts';
import type { Hyperparameters } from '../../models/architectures/hyperparameters.ts';
import { checkWindow } from '../cache-window.ts';
import type { CacheWindow } from '../decoder.ts';
import type { CacheScheme } from '../inference.ts';
import { parseMask } from '../masks/specification.ts';
import { type PositionScheme, parsePositions } from '../rope/specification.ts';
import { relative } from './relative.ts';

export interface PositionRequest {
  /** As `--rope`; without it, what the model's file declares. */
  readonly rope?: string | undefined;
  /** As `--mask`; without it, every token sees all before it. */
  readonly mask?: string | undefined;
  /** Sinks + window; null and absent: everything stays. */
  readonly window?: CacheWindow | null | undefined;
  /** Tokens in all that the request may reach. */
  readonly length: number;
}

/**
 * @throws LS3003, LS3006 for specifications that are not in the grammar, LS3005 for what does not go together or not with this model
 */
export function schemeOf(h: Hyperparameters, request: PositionRequest): CacheScheme {
  const positions = request.rope === undefined ? null : parsePositions(request.rope);
  const mask = request.mask === undefined ? null : parseMask(request.mask);
  const window = request.window ? checkWindow(request.window) : null;
  if (positions) checkModel(h, positions);
  const { scaling = null, distances = null, slopes = null, logN = null } = positions ?? {};
  const special = distances?.name ?? mask?.name ?? (logN && 'log-n');
  if (window && special) throw fault('LS3005', `a window of sinks and recent tokens does not go with ${special}`);
  const trained = logN && (logN.trainedLength ?? trainedLength(h));
  return {
    rope: scaling,
    slopes,
    window: window ?? distances?.window ?? null,
    length: request.length,
    ...(special && { rule: relative({ distances, mask, logN: trained }) }),
  };
}

/** Tokens that the positions are good for: what the file states, or what a scaling or a rule stretches the trained length to. */
export function reachOf(h: Hyperparameters, rope: string | undefined): number {
  if (rope === undefined) return h.contextLength;
  const { scaling, distances, slopes } = parsePositions(rope);
  const trained = trainedLength(h);
  const stretched = Math.floor(trained * Math.max(scaling?.reach ?? 1, slopes?.reach ?? 1));
  return Math.max(h.contextLength, distances ? distances.reach(stretched) : stretched);
}

/** Tokens the model was trained for, before its own scaling. */
function trainedLength({ contextLength, attentionGroups }: Hyperparameters): number {
  return attentionGroups.find(({ window }) => window === null)?.rope?.originalContextLength ?? contextLength;
}

function checkModel(h: Hyperparameters, { name, scaling, distances, slopes, logN }: PositionScheme): void {
  const rotated = h.attentionGroups.some(({ rope }) => rope !== null);
  if (slopes && !h.alibi) throw fault('LS3005', `this model has no ALiBi, so ${name} changes nothing in it`);
  if (!rotated && (scaling ?? distances ?? logN))
    throw fault('LS3005', `this model does not rotate its queries and keys, so ${name} changes nothing in it`);
}
