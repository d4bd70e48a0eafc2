/** pyproject.toml and setup.cfg (Python): description, console scripts, and how tests are configured. */
import { type Command, type EntryPoint, type ManifestReader, lineOf, literally } from './manifest.ts';
import { readSections, setting } from './sections.ts';

export const python: ManifestReader = {
  matches: (name) => name === 'pyproject.toml' || name === 'setup.cfg',
  read: (path, lines) => {
    const settings = readSections(lines);
    const main = ['project', 'tool.poetry', 'metadata'];
    const name = setting(settings, main, 'name');
    const description = setting(settings, main, 'description');
    const entryPoints: EntryPoint[] = settings
      .filter(({ section }) => ['project.scripts', 'project.gui-scripts', 'tool.poetry.scripts'].includes(section))
      .map(({ key, value, line }) => ({ kind: 'script', name: key, target: value, line }));
    const console = setting(settings, ['options.entry_points'], 'console_scripts');
    for (const entry of (console?.value ?? '').split('\n')) {
      const [script, target] = entry.split('=').map((part) => part.trim());
      if (console && script && target)
        entryPoints.push({
          kind: 'script',
          name: script,
          target,
          line: lineOf(lines, new RegExp(literally(entry.trim())), console.line),
        });
    }
    const commands: Command[] = [];
    const pytest = settings.find(({ section }) => section.startsWith('tool.pytest') || section === 'tool:pytest');
    if (pytest) commands.push({ command: 'python -m pytest', runs: '', line: pytest.line });
    const build = setting(settings, ['build-system'], 'build-backend');
    if (build) commands.push({ command: 'python -m pip install .', runs: build.value, line: build.line });
    return {
      path,
      tool: 'python',
      ...(name ? { name: { text: name.value, line: name.line } } : {}),
      ...(description && !description.value.startsWith('file:')
        ? { description: { text: description.value, line: description.line } }
        : {}),
      commands,
      entryPoints,
    };
  },
};
