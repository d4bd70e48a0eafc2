/**
 * The repositories of one engine: a room for each root, in the order of the window's folders. Several folders may lie in one
 * repository and share its room; what is asked without a repository's name is asked of all of them, or of the first.
 */
import { type Sentence, joined, paragraph } from '../../base/sentences.ts';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { AnswersRepository } from '../../answers/dependencies.ts';
import { mergeByScore } from '../../answers/evidence/merge-repositories.ts';
import { nearestOnly, notLookedAt, nothingFound } from '../../answers/evidence/searched.ts';
import { fault } from '../../base/errors.ts';
import type { AskRequest, SearchRequest, SearchResponse } from '../../protocol/answers.ts';
import type { Completion, EngineSettings, FileRules, Progress } from '../../protocol/engine.ts';
import type { IndexReport, IndexStatus, ServedFolder, SkipReason, WhyReport } from '../../protocol/status.ts';
import { type RepositoryLocation, findRepository } from '../../repository/find-repository.ts';
import { relativeTo } from '../../repository/paths.ts';
import { type CompletionRequest, complete } from './complete.ts';
import { sumReports, sumStatuses } from './index-sums.ts';
import { RepositoryRoom, type RepositoryRoomOptions } from './repository-room.ts';

export interface ServedRepository {
  readonly room: RepositoryRoom;
  readonly location: RepositoryLocation;
  /** The root's last part; with the one above where two repositories end alike. */
  readonly name: string;
}

export class Repositories {
  /** Every folder that was given, with the repository it lies in. */
  readonly folders: readonly ServedFolder[];
  /** At least one. */
  readonly all: readonly [ServedRepository, ...ServedRepository[]];

  /** @throws LS4001, LS4002 for a folder that is no repository */
  constructor(
    given: readonly [string, ...string[]],
    settings: EngineSettings,
    options: Omit<RepositoryRoomOptions, 'location' | 'settings'>,
  ) {
    const located = given.map((folder) => ({ folder, location: findRepository(folder) }));
    this.folders = located.map(({ folder, location: { root } }) => ({
      folder,
      root,
      within: relativeTo(root, realpathSync(folder)) ?? '',
    }));
    const locations = new Map(located.map(({ location }) => [location.root, location]));
    const roots = [...locations.keys()];
    const [first, ...others] = [...locations.values()].map((location) => ({
      location,
      name: nameAmong(location.root, roots),
      room: new RepositoryRoom({ ...options, location, settings: this.#settingsOf(location.root, settings) }),
    }));
    if (!first) throw fault('LS4001', given[0]);
    this.all = [first, ...others];
  }

  get first(): ServedRepository {
    return this.all[0];
  }

  /** Whether there is more than one, so that what is said must name which. */
  get areSeveral(): boolean {
    return this.all.length > 1;
  }

  /** The repository of this root, or of this folder as it was given; the first when none is named. @throws LS4001 */
  named(repository: string | undefined): ServedRepository {
    if (repository === undefined) return this.first;
    const root = this.folders.find(({ folder }) => folder === repository)?.root ?? repository;
    const found = this.all.find(({ location }) => location.root === root);
    if (!found) throw fault('LS4001', repository);
    return found;
  }

  /** The repository that holds an absolute path: the innermost, for one may lie inside another. */
  holding(absolute: string): ServedRepository | undefined {
    return this.all
      .filter(({ location }) => relativeTo(location.root, absolute) !== undefined)
      .toSorted((a, b) => b.location.root.length - a.location.root.length)[0];
  }

  /** The absolute path of a file by the way its folder was given, as the index knows it: through the folder's real path. */
  realPath(absolute: string): string {
    for (const { folder, root, within } of this.folders) {
      const below = relativeTo(folder, absolute);
      if (below !== undefined) return path.join(root, within, below);
    }
    return absolute;
  }

  async configure(settings: EngineSettings): Promise<void> {
    await Promise.all(this.all.map(({ room, location }) => room.configure(this.#settingsOf(location.root, settings))));
  }

  async status(): Promise<IndexStatus> {
    return sumStatuses(await this.#each(({ room }) => room.status()));
  }

  async survey(signal: AbortSignal): Promise<IndexStatus> {
    return sumStatuses(await this.#each(({ room }) => room.survey(signal)));
  }

  /** Brings one after the other up to date. */
  async run(
    request: { rebuild?: boolean; lexicalOnly?: boolean },
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<IndexReport> {
    const reports: IndexReport[] = [];
    for (const { room, name } of this.all)
      reports.push(
        await room.run(
          request,
          (progress) => {
            onProgress(this.areSeveral ? { ...progress, message: joined([name, progress.message], ': ') } : progress);
          },
          signal,
        ),
      );
    return sumReports(reports);
  }

  notices(): readonly Sentence[] {
    return this.all.flatMap(({ room }) => room.notice() ?? []);
  }

  keepUp(): void {
    for (const { room } of this.all) room.keepUp();
  }

  /** Tells each room of the files that are its own. */
  async filesChanged(paths: readonly string[]): Promise<void> {
    const byRoom = new Map<RepositoryRoom, string[]>();
    for (const given of paths) {
      const file = this.realPath(given);
      const room = this.holding(file)?.room;
      if (room) byRoom.set(room, [...(byRoom.get(room) ?? []), file]);
    }
    await Promise.all([...byRoom].map(([room, files]) => room.filesChanged(files)));
  }

  /** Holds the vectors of the background back in every repository while the work runs. */
  answering<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.all.reduceRight<() => Promise<T>>(
      (inner, { room }) =>
        () =>
          room.answering(inner, signal),
      work,
    )();
  }

  /** The best chunks of all that are named, or of all there are, by score. */
  async search(
    { query, limit, scope, repositories }: SearchRequest & { readonly limit: number },
    signal: AbortSignal,
  ): Promise<SearchResponse> {
    const started = performance.now();
    const wanted: readonly { served: ServedRepository; scope: readonly string[] | undefined }[] =
      repositories?.map((one) => ({ served: this.named(one.repository), scope: one.scope })) ??
      this.all.map((served) => ({ served, scope }));
    const lists = await Promise.all(
      wanted.map(async ({ served, scope: within }) => {
        const { results, byMeaning } = await (
          await served.room.search()
        ).search(query, { limit, ...(within && { scope: within }) }, signal);
        return { hits: results.map((hit) => ({ ...hit, root: served.location.root })), byMeaning };
      }),
    );
    const hits = lists.map((list) => list.hits);
    const results = mergeByScore(hits, query, limit).map(({ chunk, root, score, symbol, ranks }) => {
      const { id, path: file, startLine, endLine } = chunk;
      const repository = this.areSeveral ? { repository: root } : {};
      return { id, ...repository, path: file, startLine, endLine, score, symbol, ranks };
    });
    const ms = performance.now() - started;
    if (results.length > 0) {
      // A place without a rank by words is there because its vector is near, which some vector always is.
      const byMeaningOnly = results.every(({ ranks }) => Object.keys(ranks).every((part) => part === 'dense'));
      return { results, ...(byMeaningOnly && { notice: nearestOnly }), ms };
    }
    const searched = {
      index: await Promise.all(wanted.map(({ served }) => served.room.status())),
      scope: wanted.flatMap(({ scope: within }) => within ?? []),
      byMeaning: lists.every((list) => list.byMeaning),
    };
    const notice = paragraph([nothingFound(searched), ...notLookedAt(searched)]);
    return { results, ...(notice && { notice }), ms };
  }

  /** The same question with each repository named by its root. */
  byRoots(request: AskRequest): AskRequest {
    const { repositories, attached } = request;
    const rootOf = (repository: string): string => this.named(repository).location.root;
    return {
      ...request,
      ...(repositories && {
        repositories: repositories.map((one) => ({ ...one, repository: rootOf(one.repository) })),
      }),
      ...(attached && {
        attached: attached.map((one) =>
          one.repository === undefined ? one : { ...one, repository: rootOf(one.repository) },
        ),
      }),
    };
  }

  /** What begins like the letters typed, from each repository in turn, so that none is crowded out. */
  async complete(request: CompletionRequest): Promise<Completion[]> {
    const lists = await this.#each(async ({ room, location }) =>
      complete((await room.open()).reader, request).map((one) =>
        this.areSeveral ? { ...one, repository: location.root } : one,
      ),
    );
    const longest = Math.max(...lists.map(({ length }) => length));
    const turns = Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list[at] ?? []));
    return turns.flat().slice(0, request.limit);
  }

  async why(file: string): Promise<WhyReport> {
    const real = path.isAbsolute(file) ? this.realPath(file) : file;
    const { room } = (path.isAbsolute(real) ? this.holding(real) : undefined) ?? this.first;
    return (await room.open()).why(real);
  }

  async skippedFiles(reason: SkipReason): Promise<readonly string[]> {
    const lists = await this.#each(async ({ room, location }) => {
      const files = (await room.open()).skippedFiles(reason);
      return this.areSeveral ? files.map((file) => path.join(location.root, file)) : files;
    });
    return lists.flat();
  }

  /** What answers need of each, the index opened. */
  async forAnswers(): Promise<readonly AnswersRepository[]> {
    return this.#each(async ({ room, location, name }) => {
      const index = await room.open();
      return {
        repositoryRoot: location.root,
        name: this.areSeveral ? name : null,
        reader: index.reader,
        search: await room.search(),
        completeness: () => index.indexer.status(),
      };
    });
  }

  async dispose(): Promise<void> {
    await this.#each(({ room }) => room.dispose());
  }

  #each<T>(work: (repository: ServedRepository) => Promise<T>): Promise<T[]> {
    return Promise.all(this.all.map(work));
  }

  /** A repository's own rules are those of the first folder that has some, the folder that is the root before others. */
  #settingsOf(root: string, settings: EngineSettings): EngineSettings {
    const folders = this.folders
      .filter((one) => one.root === root)
      .toSorted((a, b) => a.within.length - b.within.length);
    const rules: FileRules | undefined = folders.flatMap(({ folder }) => settings.ofRepository?.[folder] ?? [])[0];
    return rules ? { ...settings, ...rules } : settings;
  }
}

function nameAmong(root: string, roots: readonly string[]): string {
  const name = path.basename(root);
  const isAlone = roots.filter((other) => path.basename(other) === name).length === 1;
  return isAlone ? name : `${path.basename(path.dirname(root))}/${name}`;
}
