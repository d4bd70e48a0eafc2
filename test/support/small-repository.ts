/** A Git repository in a temporary folder with a handful of files in several languages, for tests of the doors. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

export const smallFiles: Readonly<Record<string, string>> = {
  'README.md': '# Parcel\n\nParcel sends packages. See `src/router.py` for how routes are chosen.\n',
  'src/router.py': [
    '"""Chooses the route of a package."""',
    '',
    'from src.depot import Depot',
    '',
    '',
    'class Router:',
    '    """Keeps the depots and finds the shortest route between two of them."""',
    '',
    '    def __init__(self, depots: list[Depot]) -> None:',
    '        self.depots = depots',
    '',
    '    def shortest_route(self, start: str, goal: str) -> list[str]:',
    '        """Dijkstra over the roads; raises NoRouteError when the goal cannot be reached."""',
    '        queue = [(0, start, [start])]',
    '        while queue:',
    '            cost, name, route = queue.pop(0)',
    '            if name == goal:',
    '                return route',
    '        raise NoRouteError(start, goal)',
    '',
    '',
    'class NoRouteError(Exception):',
    '    """There is no road between the two depots."""',
    '',
  ].join('\n'),
  'src/depot.py': [
    '"""Depots and the roads between them."""',
    '',
    '',
    'class Depot:',
    '    """A place where packages are stored."""',
    '',
    '    def __init__(self, name: str, capacity: int) -> None:',
    '        self.name = name',
    '        self.capacity = capacity',
    '',
    '    def is_full(self, stored: int) -> bool:',
    '        return stored >= self.capacity',
    '',
  ].join('\n'),
  'web/tracking.ts': [
    '/** Shows where a package is. */',
    'export function trackingUrl(packageId: string): string {',
    '  return `/track/${encodeURIComponent(packageId)}`;',
    '}',
    '',
    'export class Poller {',
    '  /** Asks for the position every `intervalMs` until the package has arrived. */',
    '  start(intervalMs: number): void {',
    '    setInterval(() => this.refresh(), intervalMs);',
    '  }',
    '  private refresh(): void {}',
    '}',
    '',
  ].join('\n'),
  '.gitignore': 'build/\n',
  'build/generated.py': 'ignored = True\n',
};

/** A folder that is removed after the test. */
export function temporaryFolder(t: TestContext, name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `longsight-${name}-`));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** The files, committed unless `git` is false. */
export function smallRepository(
  t: TestContext,
  { files = smallFiles, git = true }: { files?: Readonly<Record<string, string | Uint8Array>>; git?: boolean } = {},
): string {
  const folder = temporaryFolder(t, 'repository');
  writeFiles(folder, files);
  if (git) {
    const run = (...args: string[]): void => {
      execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        stdio: 'ignore',
      });
    };
    run('init', '--quiet');
    run('add', '--all');
    if (Object.keys(files).length > 0) run('commit', '--quiet', '--message', 'first');
  }
  return folder;
}
