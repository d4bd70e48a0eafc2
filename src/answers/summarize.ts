/** Summarises a repository or a folder bottom-up, and writes what it found as one cited document. */
import path from 'node:path';
import { raceCancellation, throwIfCancelled } from '../base/cancellation.ts';
import { LongsightError, fault } from '../base/errors.ts';
import type { SummarizeRequest, Summary } from '../protocol/answers.ts';
import { changedSince } from '../repository/revisions.ts';
import type { Decoder } from '../runtime/decoder.ts';
import type { AnswersDependencies } from './dependencies.ts';
import { createExtractiveSummarizer } from './extractive-summary.ts';
import { createImportResolver, parent } from './imports.ts';
import { manifestsOf } from './manifests/manifests.ts';
import { depthFor, moduleMap } from './module-map.ts';
import { modulePicture } from './module-picture.ts';
import { percent } from './notice.ts';
import { createProseSummarizer } from './prose-summary.ts';
import { buildTree } from './summary-nodes.ts';
import { renderSummary } from './summary-text.ts';

/** Rows of the module map and sections of the document when no depth is asked for. */
const mostFolders = 40;

export type OnProgress = (progress: {
  readonly message: string;
  readonly done: number;
  readonly total: number | null;
}) => void;

/**
 * Summarises. A cancelled run rejects, but all nodes finished by then are in the cache, so that the next run goes on from there.
 * @throws CancelledError; LS6016 when there is nothing at the path; LS6017 for an unknown revision; what the decoder throws
 */
export async function summarize(
  request: SummarizeRequest,
  dependencies: AnswersDependencies,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Summary> {
  const started = performance.now();
  throwIfCancelled(signal);
  const { reader, repositoryRoot, logger, summaryCache } = dependencies;
  const index = dependencies.completeness();
  const scope = scopeOf(request.path);
  const inside = reader.files().filter((file) => scope === '' || file.path.startsWith(`${scope}/`));
  if (inside.length === 0) throw fault('LS6016', scope === '' ? '.' : scope);
  const changed =
    request.since === undefined ? null : new Set(await changedSince(repositoryRoot, request.since, signal));
  const wanted = changed ? inside.filter(({ path: file }) => changed.has(file)) : inside;

  const decoder = await writer(request.model, dependencies, signal);
  const extractive = createExtractiveSummarizer(reader);
  const summarizer = decoder ? createProseSummarizer(reader, decoder, extractive) : extractive;
  const onNode = (node: string, done: number, total: number): void => {
    onProgress({ message: node === '' ? 'the repository' : node, done, total });
  };
  const context = { reader, repositoryRoot, logger, cache: summaryCache, summarizer, onNode };
  const nodes = wanted.length === 0 ? [] : await buildTree(reader, scope, wanted, context, signal);

  const depth =
    request.depth ??
    depthFor(
      inside.map((file) => parent(file.path)),
      scope,
      mostFolders,
    );
  const manifests = manifestsOf(reader, scope);
  const modules = moduleMap(reader, createImportResolver(reader), scope, depth);
  throwIfCancelled(signal);
  const picture = modulePicture(modules);
  const notices = [
    ...(wanted.length === 0 ? ['No indexed file has changed.'] : []),
    ...(index.pending > 0
      ? [
          `The index was ${percent(index)} % complete: ${index.pending.toLocaleString('en')} files are not in this summary.`,
        ]
      : []),
    decoder
      ? `Sentences were written by ${decoder.info.displayName} and checked against the lines they cite; what they do not support is marked.`
      : 'Every sentence about the code stands in the code; for a summary in prose a larger model is needed.',
  ];
  const markdown = renderSummary({
    reader,
    title: path.basename(repositoryRoot),
    scope,
    nodes,
    manifests,
    modules,
    picture,
    depth,
    ...(request.since === undefined ? {} : { since: request.since }),
    notices,
  });
  return {
    markdown,
    nodes,
    index,
    model: decoder?.info.id ?? null,
    totalMs: performance.now() - started,
    ...(picture === undefined ? {} : { moduleMapSvg: picture }),
  };
}

/** The folder without `./`, slashes at its ends and backslashes; empty for the repository. */
function scopeOf(folder: string | undefined): string {
  return (folder ?? '')
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/)+/, '')
    .replace(/^\.$/, '')
    .replace(/\/+$/, '');
}

/** The decoder when there is one that may write. */
async function writer(
  model: string | undefined,
  { decoder, writesProse, logger }: AnswersDependencies,
  signal: AbortSignal,
): Promise<Decoder | null> {
  try {
    // Not loaded for nothing: one that may only quote adds nothing to an extractive summary.
    if (model === undefined && writesProse() !== true) return null;
    const found = await raceCancellation(decoder(model), signal);
    return writesProse() === true ? found : null;
  } catch (error) {
    if (model !== undefined || !(error instanceof LongsightError)) throw error;
    logger.warn({ error: error.userError }, 'the decoder cannot be used; the summary is extractive');
    return null;
  }
}
