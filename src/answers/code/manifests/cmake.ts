/** CMakeLists.txt (C, C++): project name and description, executables, libraries, whether there are tests. */
import { type EntryPoint, type Fact, type ManifestReader, lineOf } from './manifest.ts';

export const cmake: ManifestReader = {
  matches: (name) => name === 'CMakeLists.txt',
  read: (path, lines) => {
    const text = lines.map((line) => line.replace(/#.*$/, '')).join('\n');
    const project = /\bproject\s*\(\s*"?([\w.+-]+)"?([^)]*)\)/i.exec(text);
    const line = lineOf(lines, /^\s*project\s*\(/i);
    const name: Fact | undefined = project?.[1] === undefined ? undefined : { text: project[1], line };
    const described = /DESCRIPTION\s+"([^"]+)"/i.exec(project?.[2] ?? '')?.[1];
    const entryPoints: EntryPoint[] = lines.flatMap((one, at) => {
      const target = /^\s*add_(executable|library)\s*\(\s*([\w.+-]+)/i.exec(one);
      return target?.[1] === undefined || target[2] === undefined
        ? []
        : [{ kind: target[1].toLowerCase(), name: target[2], target: '', line: at + 1 }];
    });
    const tests = /\b(?:enable_testing|add_test)\s*\(/i.test(text) || /include\s*\(\s*CTest/i.test(text);
    const build = name ? [{ command: 'cmake -B build && cmake --build build', runs: '', line }] : [];
    const testing = lineOf(lines, /^\s*(?:enable_testing\s*\(|add_test\s*\(|include\s*\(\s*CTest)/i);
    return {
      path,
      tool: 'cmake',
      ...(name ? { name } : {}),
      ...(described === undefined ? {} : { description: { text: described, line } }),
      commands: tests ? [...build, { command: 'ctest --test-dir build', runs: '', line: testing }] : build,
      entryPoints,
    };
  },
};
