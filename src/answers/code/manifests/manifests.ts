/** All manifests of a repository, those nearest to the top first. */
import type { IndexReader } from '../../../index/types.ts';
import { fileText } from '../file-text.ts';
import { cargoToml } from './cargo-toml.ts';
import { cmake } from './cmake.ts';
import { composerJson } from './composer-json.ts';
import { goMod } from './go-mod.ts';
import { gradle, pomXml } from './jvm.ts';
import { makefile } from './makefile.ts';
import type { Manifest, ManifestReader } from './manifest.ts';
import { packageJson } from './package-json.ts';
import { python } from './python.ts';
import { gemspec, rakefile } from './ruby.ts';

const readers: readonly ManifestReader[] = [
  packageJson,
  python,
  cargoToml,
  goMod,
  pomXml,
  gradle,
  gemspec,
  rakefile,
  composerJson,
  cmake,
  makefile,
];
const depth = (path: string): number => path.split('/').length;

/** The manifests below a folder (empty for the whole repository), by depth, then by path. */
export function manifestsOf(reader: IndexReader, folder = ''): Manifest[] {
  return reader
    .files()
    .map(({ path }) => path)
    .filter((path) => folder === '' || path.startsWith(`${folder}/`))
    .toSorted((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))
    .flatMap((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const kind = readers.find((one) => one.matches(name));
      const file = kind && fileText(reader, path);
      return kind && file ? [kind.read(path, file.lines)] : [];
    });
}
