/** package.json (npm): description, scripts, `bin`, `main` and `exports`. */
import { readJson, record, text } from './json.ts';
import type { EntryPoint, ManifestReader } from './manifest.ts';

/** Scripts that npm runs without `run`. */
const short = new Set(['test', 'start', 'stop', 'restart']);

export const packageJson: ManifestReader = {
  matches: (name) => name === 'package.json',
  read: (path, lines) => {
    const { root, line } = readJson(lines);
    const name = text(root['name']);
    const description = text(root['description']);
    const commands = Object.entries(record(root['scripts'])).flatMap(([script, runs]) =>
      text(runs) === undefined
        ? []
        : [
            {
              command: short.has(script) ? `npm ${script}` : `npm run ${script}`,
              runs: String(runs),
              line: line('scripts', script),
            },
          ],
    );
    const entryPoints: EntryPoint[] = [];
    const bin = root['bin'];
    if (text(bin) !== undefined)
      entryPoints.push({ kind: 'bin', name: name ?? '', target: String(bin), line: line('bin') });
    for (const [command, target] of Object.entries(record(bin)))
      if (text(target) !== undefined)
        entryPoints.push({ kind: 'bin', name: command, target: String(target), line: line('bin', command) });
    for (const key of ['main', 'module', 'browser'])
      if (text(root[key]) !== undefined)
        entryPoints.push({ kind: key, name: name ?? '', target: String(root[key]), line: line(key) });
    for (const [subpath, target] of Object.entries(record(root['exports'])))
      if (subpath.startsWith('.'))
        entryPoints.push({
          kind: 'exports',
          name: subpath,
          target: firstTarget(target),
          line: line('exports', subpath),
        });
    return {
      path,
      tool: 'npm',
      ...(name === undefined ? {} : { name: { text: name, line: line('name') } }),
      ...(description === undefined ? {} : { description: { text: description, line: line('description') } }),
      commands,
      entryPoints,
    };
  },
};

/** The first path among the conditions of an export. */
function firstTarget(target: unknown): string {
  const own = text(target);
  if (own !== undefined) return own;
  for (const value of Object.values(record(target))) {
    const found = firstTarget(value);
    if (found !== '') return found;
  }
  return '';
}
