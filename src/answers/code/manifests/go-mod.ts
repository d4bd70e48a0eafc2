/** go.mod (Go): the module's path; building and testing follow from the tool's convention. */
import type { ManifestReader } from './manifest.ts';

export const goMod: ManifestReader = {
  matches: (name) => name === 'go.mod',
  read: (path, lines) => {
    const at = lines.findIndex((line) => /^module\s+\S/.test(line));
    const name = at < 0 ? undefined : /^module\s+(\S+)/.exec(lines[at] ?? '')?.[1];
    return {
      path,
      tool: 'go',
      ...(name === undefined ? {} : { name: { text: name, line: at + 1 } }),
      commands:
        name === undefined
          ? []
          : ['go build ./...', 'go test ./...'].map((command) => ({ command, runs: '', line: at + 1 })),
      entryPoints: [],
    };
  },
};
