/** composer.json (PHP): description, scripts and `bin`. */
import { readJson, record, text } from './json.ts';
import type { ManifestReader } from './manifest.ts';

export const composerJson: ManifestReader = {
  matches: (name) => name === 'composer.json',
  read: (path, lines) => {
    const { root, line } = readJson(lines);
    const name = text(root['name']);
    const description = text(root['description']);
    const bins: unknown[] = Array.isArray(root['bin']) ? root['bin'] : [root['bin']];
    return {
      path,
      tool: 'composer',
      ...(name === undefined ? {} : { name: { text: name, line: line('name') } }),
      ...(description === undefined ? {} : { description: { text: description, line: line('description') } }),
      commands: Object.entries(record(root['scripts'])).map(([script, runs]) => ({
        command: `composer ${script}`,
        runs: text(runs) ?? (Array.isArray(runs) ? runs.filter((step) => typeof step === 'string').join(' && ') : ''),
        line: line('scripts', script),
      })),
      entryPoints: bins.flatMap((bin) =>
        text(bin) === undefined ? [] : [{ kind: 'bin', name: name ?? '', target: String(bin), line: line('bin') }],
      ),
    };
  },
};
