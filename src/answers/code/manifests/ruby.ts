/** *.gemspec and Rakefile (Ruby): name, summary, executables, and the tasks that are declared. */
import type { Command, EntryPoint, Fact, ManifestReader } from './manifest.ts';

export const gemspec: ManifestReader = {
  matches: (name) => name.endsWith('.gemspec'),
  read: (path, lines) => {
    const name = assigned(lines, 'name');
    const description = assigned(lines, 'summary') ?? assigned(lines, 'description');
    const at = lines.findIndex((line) => /\.executables\s*(?:=|<<)/.test(line));
    const entryPoints: EntryPoint[] = [...(lines[at] ?? '').matchAll(/["']([\w-]+)["']/g)].map((match) => ({
      kind: 'executable',
      name: match[1] ?? '',
      target: '',
      line: at + 1,
    }));
    return {
      path,
      tool: 'gem',
      ...(name ? { name } : {}),
      ...(description ? { description } : {}),
      commands: name ? [{ command: `gem build ${path}`, runs: '', line: name.line }] : [],
      entryPoints,
    };
  },
};

export const rakefile: ManifestReader = {
  matches: (name) => name === 'Rakefile',
  read: (path, lines) => {
    const commands: Command[] = lines.flatMap((line, at) => {
      const task = /^\s*task\s*\(?\s*:?["']?(\w+)/.exec(line)?.[1];
      return task === undefined
        ? []
        : [{ command: task === 'default' ? 'rake' : `rake ${task}`, runs: '', line: at + 1 }];
    });
    return { path, tool: 'rake', commands, entryPoints: [] };
  },
};

function assigned(lines: readonly string[], key: string): Fact | undefined {
  const pattern = new RegExp(String.raw`\.${key}\s*=\s*["'](.+?)["']\s*(?:\.freeze)?\s*$`);
  const at = lines.findIndex((line) => pattern.test(line));
  const text = pattern.exec(lines[at] ?? '')?.[1];
  return text === undefined ? undefined : { text, line: at + 1 };
}
