/** Summarises a repository or a folder bottom-up, and writes what it found as one cited document. */
import { type Sentence, counted, say } from '../../base/sentences.ts';
import path from 'node:path';
import { raceCancellation, throwIfCancelled } from '../../base/cancellation.ts';
import { LongsightError, fault } from '../../base/errors.ts';
import type { IndexReader } from '../../index/types.ts';
import type { IndexCompleteness } from '../../protocol/answers.ts';
import type { SummarizeRequest, Summary, SummaryChange, SummaryNode, SummaryWork } from '../../protocol/summary.ts';
import { changedSince } from '../../repository/revisions.ts';
import type { Decoder } from '../../runtime/decoder.ts';
import type { AnswersDependencies, SummaryRun } from '../dependencies.ts';
import { changesBetween } from './changes.ts';
import { executionMap } from './execution-map.ts';
import { createExtractiveSummarizer } from './extractive-summary.ts';
import { createImportResolver, parent } from '../code/imports.ts';
import { manifestsOf } from '../code/manifests/manifests.ts';
import { depthFor, moduleMap } from '../code/module-map.ts';
import { modulePicture } from './text/module-picture.ts';
import { percent, testingWords } from '../writing/notice.ts';
import { openPastIndex } from './past-index.ts';
import { createProseSummarizer } from './prose-summary.ts';
import { type Summarizer, type TreeContext, buildTree } from './summary-nodes.ts';
import { type RecordedRun, recordRun } from './summary-runs.ts';
import { renderPages } from './text/pages.ts';
import type { SummaryDocument } from './text/summary-document.ts';
import { renderSummary } from './text/summary-text.ts';

/** Rows of the module map and sections of the document when no depth is asked for. */
const mostFolders = 40;

export type OnProgress = (progress: {
  readonly message: Sentence;
  readonly done: number;
  readonly total: number | null;
}) => void;

/**
 * Summarises. A cancelled run rejects, but all parts finished by then are kept, so that the next run goes on from there.
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
  const { reader, repositoryRoot, logger, speaker, claimStore } = dependencies;
  const index = dependencies.completeness();
  const scope = scopeOf(request.path);
  const isInside = (file: string): boolean => scope === '' || file.startsWith(`${scope}/`);
  const inside = reader.files().filter((file) => isInside(file.path));
  if (inside.length === 0) throw fault('LS6016', scope === '' ? '.' : scope);
  const { since } = request;
  const changed =
    since === undefined ? null : new Set((await changedSince(repositoryRoot, since, signal)).filter(isInside));
  const touched = changed && withFolders(changed, scope);

  const writer = await writerOf(request, dependencies, onProgress, signal);
  const run = recordRun(claimStore);
  let modelCalls = 0;
  let written = 0;
  const summarizersOver = (over: IndexReader, decoder: Decoder | null): Summarizer[] => [
    ...(writer
      ? [
          createProseSummarizer(over, writer.model, decoder, () => {
            modelCalls += 1;
          }),
        ]
      : []),
    createExtractiveSummarizer(over, speaker),
  ];
  const context: TreeContext = {
    repositoryRoot,
    logger,
    store: claimStore,
    summarizers: summarizersOver(reader, writer?.decoder ?? null),
    mayWrite: (part) => touched === null || touched.has(part),
    showsStale: true,
    onNode: (node, isNew, done, total) => {
      if (isNew && node.writer !== null) written += 1;
      run.progress(done, total);
      onProgress({ message: node.path === '' ? say('the repository') : say('{0}', node.path), done, total });
    },
  };
  const all = await recorded(run, () => buildTree(reader, scope, inside, context, signal));
  const changes =
    since !== undefined && changed !== null && changed.size > 0
      ? await changesSince(since, changed, all, { scope, isInside, dependencies, context, summarizersOver, signal })
      : since === undefined
        ? null
        : [];
  const nodes = touched ? all.filter(({ path: part }) => touched.has(part)) : all;
  const stale = nodes.flatMap(({ claims }) => claims).filter(({ status }) => status === 'stale').length;
  const work = { modelCalls, written, kept: nodes.filter((node) => node.reused && node.writer !== null).length, stale };

  const depth =
    request.depth ??
    depthFor(
      inside.map((file) => parent(file.path)),
      scope,
      mostFolders,
    );
  const manifests = manifestsOf(reader, scope);
  const modules = moduleMap(reader, createImportResolver(reader), scope, depth);
  onProgress({ message: say('Following the calls from where it begins'), done: 0, total: null });
  const paths = since === undefined ? await executionMap(reader, manifests, scope, signal) : [];
  throwIfCancelled(signal);
  const picture = modulePicture(modules);
  const document: SummaryDocument = {
    reader,
    title: path.basename(repositoryRoot),
    scope,
    nodes,
    manifests,
    modules,
    paths,
    picture,
    depth,
    ...(since === undefined ? {} : { since, changes: changes ?? [] }),
    notices: noticesOf({
      nodes,
      index,
      writer,
      work,
      brokenOff: run.brokenOff,
      keptOnly: request.keptOnly === true,
    }).map((notice) => speaker.words(notice)),
    speaker,
  };
  return {
    markdown: renderSummary(document),
    ...(request.pages !== undefined && { pages: renderPages(document, request.pages) }),
    nodes,
    work,
    ...(since === undefined && { paths }),
    ...(changes && { changes }),
    index,
    model: writer?.model ?? null,
    totalMs: performance.now() - started,
    ...(picture === undefined ? {} : { moduleMapSvg: picture }),
  };
}

async function recorded<Result>(run: RecordedRun, work: () => Promise<Result>): Promise<Result> {
  try {
    const result = await work();
    run.end();
    return result;
  } catch (error) {
    run.end(error);
    throw error;
  }
}

/** Paths with all folders above them up to the scope. */
function withFolders(paths: ReadonlySet<string>, scope: string): ReadonlySet<string> {
  const all = new Set([...paths, ...(paths.size > 0 ? [scope] : [])]);
  for (const one of paths)
    for (let folder = parent(one); folder.length > scope.length; folder = parent(folder)) all.add(folder);
  return all;
}

/** The claims of now beside those of the revision, which are extracted, or what a model wrote of it before. */
async function changesSince(
  since: string,
  changed: ReadonlySet<string>,
  now: readonly SummaryNode[],
  {
    scope,
    isInside,
    dependencies,
    context,
    summarizersOver,
    signal,
  }: {
    readonly scope: string;
    readonly isInside: (file: string) => boolean;
    readonly dependencies: AnswersDependencies;
    readonly context: TreeContext;
    readonly summarizersOver: (reader: IndexReader, decoder: null) => Summarizer[];
    readonly signal: AbortSignal;
  },
): Promise<SummaryChange[]> {
  await using past = await openPastIndex(dependencies.reader, dependencies, since, changed, signal);
  const files = past.reader.files().filter((file) => isInside(file.path));
  const before = await buildTree(
    past.reader,
    scope,
    files,
    {
      ...context,
      repositoryRoot: null,
      summarizers: summarizersOver(past.reader, null),
      mayWrite: () => false,
      showsStale: false,
      onNode: () => undefined,
    },
    signal,
  );
  return changesBetween(before, now);
}

/** The folder without `./`, slashes at its ends and backslashes; empty for the repository. */
function scopeOf(folder: string | undefined): string {
  return (folder ?? '')
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/)+/, '')
    .replace(/^\.$/, '')
    .replace(/\/+$/, '');
}

/** Who writes, or wrote: a decoder that may, under the name by which what it made is kept. */
interface SummaryWriter {
  readonly model: string;
  readonly displayName: string;
  /** Null: what it wrote before is all that is wanted. */
  readonly decoder: Decoder | null;
}

async function writerOf(
  { model, keptOnly }: SummarizeRequest,
  { decoder, decoderName, readingTestOf, logger }: AnswersDependencies,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<SummaryWriter | null> {
  try {
    if (keptOnly === true) {
      const name = (await readingTestOf(model))?.passed === true ? await decoderName(model) : null;
      return name === null ? null : { model: name, displayName: name, decoder: null };
    }
    // Not loaded for nothing: one that may only quote adds nothing to an extractive summary.
    if (model === undefined && (await readingTestOf())?.passed === false) return null;
    const starting = decoder(model, (displayName, progress) => {
      onProgress({
        message: say('Loading {0}', displayName),
        done: progress?.done ?? 0,
        total: progress?.total ?? null,
      });
    });
    const found = await raceCancellation(starting, signal);
    if (!found) return null;
    const readingTest =
      found.readingTest ??
      (await found.runReadingTest(({ done, total, secondsLeft }) => {
        onProgress({ message: testingWords(found.decoder.info, secondsLeft), done, total });
      }, signal));
    const { id, displayName } = found.decoder.info;
    return readingTest.passed ? { model: id, displayName, decoder: found.decoder } : null;
  } catch (error) {
    if (model !== undefined || !(error instanceof LongsightError)) throw error;
    logger.warn({ error: error.userError }, 'the decoder cannot be used; the summary is extractive');
    return null;
  }
}

/** What is said on top: how complete it is, who wrote it, and what it took. */
function noticesOf({
  nodes,
  index,
  writer,
  work,
  brokenOff,
  keptOnly,
}: {
  readonly nodes: readonly SummaryNode[];
  readonly index: IndexCompleteness;
  readonly writer: SummaryWriter | null;
  readonly work: SummaryWork;
  readonly brokenOff: SummaryRun | null;
  readonly keptOnly: boolean;
}): Sentence[] {
  return [
    ...(nodes.length === 0 ? [say('No indexed file has changed.')] : []),
    ...(index.pending > 0
      ? [say('The index was {0} % complete: {1} files are not in this summary.', percent(index), index.pending)]
      : []),
    ...(brokenOff
      ? [
          say(
            'The summary before this one was broken off after {0} of {1} parts; what was done is kept and was not done again.',
            brokenOff.done,
            brokenOff.total,
          ),
        ]
      : []),
    writer
      ? say(
          'Sentences were written by {0} and checked against the lines they cite; what they do not support is marked.',
          writer.displayName,
        )
      : say('Every sentence about the code is quoted from the code; for a summary in prose a larger model is needed.'),
    ...(writer && !keptOnly
      ? [
          say(
            '{0} parts were written now, with {1} runs of the model; {2} were kept from before.',
            work.written,
            work.modelCalls,
            work.kept,
          ),
        ]
      : []),
    ...(work.stale > 0
      ? [
          counted(
            work.stale,
            say('{0} sentence is stale: lines that it rests on have changed since.', work.stale),
            say('{0} sentences are stale: lines that they rest on have changed since.', work.stale),
          ),
        ]
      : []),
  ];
}
