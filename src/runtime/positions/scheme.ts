/**
 * From what a request asks for (`--rope`, `--mask`, `--retrieval`, a window) to how its state handles positions and the cache.
 */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { retrievingLayers } from '../../models/graphs/attention/attention-retrieved.ts';
import type { Hyperparameters } from '../../models/description/hyperparameters.ts';
import { checkWindow } from '../cache/cache-window.ts';
import type { CacheWindow } from '../decoder.ts';
import type { CacheScheme } from '../cache/cache-scheme.ts';
import { parseMask } from '../masks/specification.ts';
import { type PositionScheme, type RopeScaling, parsePositions, parseRope } from '../rope/specification.ts';
import type { RetrievalRule } from '../retrieval/retrieval-rule.ts';
import { parseRetrieval } from '../retrieval/specification.ts';
import { relative } from './relative.ts';
import { retrieved } from './retrieved.ts';

export interface PositionRequest {
  /** As `--rope`; without it, what the model's file declares. */
  readonly rope?: string;
  /** As `--mask`; without it, every token sees all before it. */
  readonly mask?: string;
  /** As `--retrieval`; without it, every cached token is looked at. */
  readonly retrieval?: string;
  /** Sinks + window; without it, everything stays. */
  readonly window?: CacheWindow;
}

/** Sinks that stay when the context is full and no window was asked for. */
const defaultSinks = 4;

/**
 * @param length tokens in all that the request may reach
 * @param prompt of these, the ones that are read at once: what dynamic scalings begin with
 * @throws LS3003, LS3006, LS3007 for specifications that are not in the grammar, LS3005 for what does not go together or not with
 * this model
 */
export function schemeOf(h: Hyperparameters, request: PositionRequest, length: number, prompt = length): CacheScheme {
  const positions = request.rope === undefined ? null : parsePositions(request.rope);
  const mask = request.mask === undefined ? null : parseMask(request.mask);
  const window = request.window ? checkWindow(request.window) : null;
  if (positions) checkModel(h, positions);
  const retrieval = request.retrieval === undefined ? null : parseRetrieval(request.retrieval);
  const { scaling = null, distances = null, slopes = null, logN = null } = positions ?? {};
  const special = specialOf(request);
  if (window && special)
    throw fault('LS3005', say('a window of sinks and recent tokens cannot be combined with {0}', special));
  const trained = logN && (logN.trainedLength ?? trainedLength(h));
  if (retrieval) checkRetrieval(h, retrieval, mask?.name ?? distances?.name);
  const rule = retrieval ? retrieved(retrieval, trained) : relative({ distances, mask, logN: trained });
  return {
    rope: scaling,
    slopes,
    window: window ?? distances?.window ?? null,
    length,
    prompt,
    retrieval,
    ...(special && { rule }),
  };
}

/**
 * The scheme of a generation: without a window everything stays while it fits, and when the context is full the newest replace the
 * oldest but the sinks.
 * @param mostTokens that fit in memory
 * @throws LS3004 when the prompt is longer than the positions are good for or memory has room for, or the answer would be where nothing
 * may be forgotten; LS3009 for a window that memory has no room for; as {@link schemeOf}
 */
export function generationScheme(
  h: Hyperparameters,
  request: PositionRequest,
  promptTokens: number,
  maxTokens: number,
  mostTokens = Number.POSITIVE_INFINITY,
): CacheScheme {
  const length = promptTokens + maxTokens;
  if (request.window) {
    const held = request.window.sinks + request.window.recent;
    requireRoom(Math.min(length, held), mostTokens);
    // Positions are those in the cache, which never get beyond the window.
    return schemeOf(h, request, length, Math.min(promptTokens, held));
  }
  const limit = Math.min(reachOf(h, request.rope), mostTokens);
  if (promptTokens > limit)
    throw fault('LS3004', say('it has {0} tokens, and the context holds {1}', String(promptTokens), String(limit)));
  const special = specialOf(request);
  if (length > limit && special)
    throw fault(
      'LS3004',
      say(
        'with an answer of {0} tokens it has {1}, and {2} holds {3}',
        String(maxTokens),
        String(length),
        special,
        String(limit),
      ),
    );
  const slides = length > limit ? { window: { sinks: defaultSinks, recent: limit - defaultSinks - 1 } } : {};
  return schemeOf(h, { ...request, ...slides }, length, promptTokens);
}

/** @param tokens that are to be held at once @throws LS3009 when they are more than fit */
export function requireRoom(tokens: number, mostTokens: number): void {
  if (tokens > mostTokens)
    throw fault('LS3009', say('{0} tokens are to be held at once, and {1} fit', String(tokens), String(mostTokens)));
}

/** What of the request needs the whole text in the cache, or handles forgetting itself; null for plain positions. */
function specialOf({ rope, mask, retrieval }: PositionRequest): string | null {
  const positions = rope === undefined ? null : parsePositions(rope);
  return positions?.distances?.name ?? mask ?? retrieval ?? (positions?.logN ? 'log-n' : null);
}

/** Tokens that the positions are good for: what the file states, or what a scaling or a rule stretches the trained length to. */
function reachOf(h: Hyperparameters, rope: string | undefined): number {
  // What the file states, unless its own scaling goes on from there.
  if (rope === undefined) return ownScalings(h).some(({ reach }) => reach === Infinity) ? Infinity : h.contextLength;
  const { scaling, distances, slopes } = parsePositions(rope);
  const trained = trainedLength(h);
  const stretched = Math.floor(trained * Math.max(scaling?.reach ?? 1, slopes?.reach ?? 1));
  return Math.max(h.contextLength, distances ? distances.reach(stretched) : stretched);
}

/** Scalings that the model's file declares for the layers that see everything. */
function ownScalings({ attentionGroups }: Hyperparameters): RopeScaling[] {
  return attentionGroups.flatMap(({ rope, window }) => (rope && window === null ? parseRope(rope.scaling) : []));
}

/** Tokens the model was trained for, before its own scaling. */
function trainedLength({ contextLength, attentionGroups }: Hyperparameters): number {
  return attentionGroups.find(({ window }) => window === null)?.rope?.originalContextLength ?? contextLength;
}

function checkRetrieval(h: Hyperparameters, { name }: RetrievalRule, other: string | undefined): void {
  if (other) throw fault('LS3005', say('{0} cannot be combined with {1}', name, other));
  if (retrievingLayers(h).length === 0 || !h.attentionGroups.some(({ window, rope }) => window === null && rope))
    throw fault('LS3005', say('this model has no layers in which {0} can retrieve', name));
}

function checkModel(h: Hyperparameters, { name, scaling, distances, slopes, logN }: PositionScheme): void {
  const rotated = h.attentionGroups.some(({ rope }) => rope !== null);
  if (slopes && !h.alibi) throw fault('LS3005', say('this model has no ALiBi, so {0} changes nothing in it', name));
  if (!rotated && (scaling ?? distances ?? logN))
    throw fault('LS3005', say('this model does not rotate its queries and keys, so {0} changes nothing in it', name));
}
