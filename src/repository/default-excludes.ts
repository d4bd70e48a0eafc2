/** Folders that no developer means when they speak of their code: dependencies, environments, caches and build outputs. */
import { type Sentence, say } from '../base/sentences.ts';
import { existsSync } from 'node:fs';
import path from 'node:path';

const always = new Set([
  'node_modules',
  'bower_components',
  'jspm_packages',
  '.venv',
  '__pycache__',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '.tox',
  '.nox',
  '.eggs',
  '.gradle',
  '.next',
  '.nuxt',
  '.svelte-kit',
  '.parcel-cache',
  '.turbo',
  '.cache',
  '.terraform',
  '.nyc_output',
  '.hg',
  '.svn',
  '.git',
  '.jj',
  '.bzr',
  '.vscode-test',
  '.dart_tool',
  '.stack-work',
]);

// Names that are build outputs only where the tool that makes them is at home.
const beside: Readonly<Record<string, readonly string[]>> = {
  target: ['Cargo.toml', 'pom.xml', 'build.sbt'],
  build: ['build.gradle', 'build.gradle.kts', 'CMakeLists.txt', 'setup.py', 'pubspec.yaml'],
  dist: ['package.json', 'setup.py', 'pyproject.toml'],
  out: ['package.json'],
  coverage: ['package.json'],
  bin: ['packages.config'],
  obj: ['packages.config', 'project.assets.json'],
  vendor: ['go.mod', 'composer.json'],
  Pods: ['Podfile'],
  _build: ['mix.exs', 'dune-project'],
  deps: ['mix.exs'],
};

/**
 * Why a folder that Git does not track is left out by default; undefined when it is not.
 * @param parent absolute path of the folder it stands in
 */
export function defaultExclude(parent: string, name: string): Sentence | undefined {
  if (always.has(name)) return say('folders named {0} are left out by default.', name);
  const marker = Object.hasOwn(beside, name)
    ? beside[name]?.find((file) => existsSync(path.join(parent, file)))
    : undefined;
  if (marker !== undefined) return say('{0} next to {1} is build output or holds dependencies.', name, marker);
  const folder = path.join(parent, name);
  if (existsSync(path.join(folder, 'pyvenv.cfg')))
    return say('it is a Python virtual environment (it contains pyvenv.cfg).');
  if (existsSync(path.join(folder, 'CACHEDIR.TAG'))) return say('it is a cache (it contains CACHEDIR.TAG).');
  return undefined;
}
