/** pom.xml and build.gradle (Java, Kotlin): name, description, main class; building and testing follow from the tools. */
import type { EntryPoint, Fact, ManifestReader } from './manifest.ts';

export const pomXml: ManifestReader = {
  matches: (name) => name === 'pom.xml',
  read: (path, lines) => {
    // A parent's or a dependency's fields look the same: only what stands before those is the project's own.
    const own = lines.map((line, at) =>
      within(lines, at, ['parent', 'dependencies', 'build', 'profiles']) ? '' : line,
    );
    const name = element(own, 'name') ?? element(own, 'artifactId');
    const description = element(own, 'description');
    const first = name ?? { text: '', line: 1 };
    const main = element(lines, 'mainClass');
    return {
      path,
      tool: 'maven',
      ...(name ? { name } : {}),
      ...(description ? { description } : {}),
      commands: ['mvn package', 'mvn test'].map((command) => ({ command, runs: '', line: first.line })),
      entryPoints: main ? [{ kind: 'main', name: name?.text ?? '', target: main.text, line: main.line }] : [],
    };
  },
};

export const gradle: ManifestReader = {
  matches: (name) => name === 'build.gradle' || name === 'build.gradle.kts',
  read: (path, lines) => {
    const assigned = (key: string): Fact | undefined => {
      const pattern = new RegExp(String.raw`^\s*${key}\s*(?:=|\.set\()?\s*["']([^"']+)["']`);
      const at = lines.findIndex((line) => pattern.test(line));
      const value = pattern.exec(lines[at] ?? '')?.[1];
      return value === undefined ? undefined : { text: value, line: at + 1 };
    };
    const description = assigned('description');
    const main = assigned('mainClass(?:Name)?');
    const entryPoints: EntryPoint[] = main ? [{ kind: 'main', name: '', target: main.text, line: main.line }] : [];
    return {
      path,
      tool: 'gradle',
      ...(description ? { description } : {}),
      commands: ['gradle build', 'gradle test'].map((command) => ({ command, runs: '', line: 1 })),
      entryPoints,
    };
  },
};

const mostElementLines = 40;

/** The first paragraph of the first element of this name that begins and ends within some lines, with the line it begins on. */
function element(lines: readonly string[], tag: string): Fact | undefined {
  const at = lines.findIndex((line) => line.includes(`<${tag}>`));
  if (at < 0) return undefined;
  const found = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(
    lines.slice(at, at + mostElementLines).join('\n'),
  )?.[1];
  const text = found
    ?.trim()
    .split(/\n\s*\n/)[0]
    ?.replaceAll(/\s+/g, ' ');
  return text === undefined || text === '' ? undefined : { text, line: at + 1 };
}

function within(lines: readonly string[], at: number, tags: readonly string[]): boolean {
  const before = lines.slice(0, at + 1).join('\n');
  return tags.some((tag) => before.lastIndexOf(`<${tag}>`) > before.lastIndexOf(`</${tag}>`));
}
