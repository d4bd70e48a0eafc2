/** Makefile: its targets, each with the first command it runs. */
import type { Command, ManifestReader } from './manifest.ts';

export const makefile: ManifestReader = {
  matches: (name) => /^(?:GNU)?[Mm]akefile$/.test(name),
  read: (path, lines) => {
    const seen = new Set<string>();
    const commands: Command[] = [];
    for (const [at, line] of lines.entries()) {
      // `a := b` sets a variable; targets with a dot, a per cent sign or a variable are files and patterns, not commands.
      const target = /^([A-Za-z][\w-]*)\s*::?(?!=)/.exec(line)?.[1];
      if (target === undefined || seen.has(target)) continue;
      seen.add(target);
      const recipe = /^\t[@-]*(.+)$/.exec(lines[at + 1] ?? '')?.[1]?.trim() ?? '';
      commands.push({ command: `make ${target}`, runs: recipe, line: at + 1 });
    }
    return { path, tool: 'make', commands, entryPoints: [] };
  },
};
