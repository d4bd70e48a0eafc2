/** Cargo.toml (Rust): description, binaries, workspace members. */
import type { Command, EntryPoint, ManifestReader } from './manifest.ts';
import { readSections, setting } from './sections.ts';

export const cargoToml: ManifestReader = {
  matches: (name) => name === 'Cargo.toml',
  read: (path, lines) => {
    const settings = readSections(lines);
    const name = setting(settings, ['package'], 'name');
    const description = setting(settings, ['package'], 'description');
    const first = name ?? settings[0];
    const commands: Command[] = first
      ? ['cargo build', 'cargo test'].map((command) => ({ command, runs: '', line: first.line }))
      : [];
    const entryPoints: EntryPoint[] = settings.flatMap(({ section, key, value, line }) =>
      (section === 'bin' || section === 'example') && key === 'name'
        ? [{ kind: section, name: value, target: '', line }]
        : [],
    );
    const library = setting(settings, ['lib'], 'path');
    if (library) entryPoints.push({ kind: 'lib', name: name?.value ?? '', target: library.value, line: library.line });
    return {
      path,
      tool: 'cargo',
      ...(name ? { name: { text: name.value, line: name.line } } : {}),
      ...(description
        ? { description: { text: description.value.replaceAll(/\s+/g, ' ').trim(), line: description.line } }
        : {}),
      commands,
      entryPoints,
    };
  },
};
