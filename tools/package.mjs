// One VSIX a platform: the production bundles, and beside them only onnxruntime-node's binaries of that platform.
// `npm run package [target…] [-- --output DIR]`; without a target the one of this machine. Targets are VS Code's: linux-x64, darwin-arm64…
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { output: { type: 'string', default: 'out' } },
});
const targets = positionals.length > 0 ? positionals : [`${process.platform}-${process.arch}`];
const output = path.resolve(root, values.output);
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const vsce = fileURLToPath(import.meta.resolve('@vscode/vsce/vsce'));
/** What runs in a user's VS Code, beside dist/ and the native packages. */
const shipped = [
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'THIRD_PARTY',
  'THIRD_PARTY_NOTICES.md',
  'package.nls.json',
  'l10n',
  'media',
  'native-models',
];
const native = ['onnxruntime-common', 'onnxruntime-node'];

execFileSync(process.execPath, [path.join(root, 'esbuild.mjs'), '--production'], { cwd: root, stdio: 'inherit' });
mkdirSync(output, { recursive: true });
try {
  for (const target of targets) pack(target);
} finally {
  // The developer's own dist/ has its source maps again.
  execFileSync(process.execPath, [path.join(root, 'esbuild.mjs')], { cwd: root, stdio: 'inherit' });
}

/** @param {string} target */
function pack(target) {
  const [platform, arch] = target.split('-');
  const binaries = path.join(root, 'node_modules/onnxruntime-node/bin/napi-v6', platform ?? '', arch ?? '');
  if (!existsSync(binaries)) throw new Error(`onnxruntime-node has no binary for ${target}`);
  const stage = mkdtempSync(path.join(os.tmpdir(), 'longsight-stage-'));
  try {
    const keep = (/** @type {string} */ file) => !file.endsWith('.map') && !/[\\/]bin[\\/]napi-v6[\\/]/.test(file);
    // Of the native packages: what Node loads, and what their licence asks for.
    const runs = (/** @type {string} */ file) =>
      keep(file) &&
      (statSync(file).isDirectory()
        ? !/[\\/](lib|script|esm)$/.test(file)
        : /(\.js|package\.json|LICENSE.*)$/.test(file));
    for (const name of ['dist', ...shipped])
      if (existsSync(path.join(root, name)))
        cpSync(path.join(root, name), path.join(stage, name), { recursive: true, filter: keep });
    // Beside the bundles that load them: vsce leaves a node_modules of the root out, or asks npm what belongs in it.
    const modules = path.join(stage, 'dist/node_modules');
    for (const name of native)
      cpSync(path.join(root, 'node_modules', name), path.join(modules, name), { recursive: true, filter: runs });
    cpSync(binaries, path.join(modules, path.relative(path.join(root, 'node_modules'), binaries)), { recursive: true });
    // Scripts and development dependencies mean nothing to a user; `private` keeps npm from publishing, not vsce.
    const {
      scripts: _scripts,
      dependencies: _bundled,
      devDependencies: _development,
      private: _private,
      ...rest
    } = manifest;
    writeFileSync(path.join(stage, 'package.json'), `${JSON.stringify(rest, null, 2)}\n`);
    cpSync(path.join(root, '.vscodeignore'), path.join(stage, '.vscodeignore'));
    const file = path.join(output, `longsight-${target}.vsix`);
    rmSync(file, { force: true });
    execFileSync(
      process.execPath,
      [
        vsce,
        'package',
        '--target',
        target,
        '--no-dependencies',
        '--skip-license',
        '--allow-missing-repository',
        '--no-rewrite-relative-links',
        '--out',
        file,
      ],
      { cwd: stage, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    process.stdout.write(
      `${path.relative(root, file)} ${(statSync(file).size / 1e6).toFixed(1)} MB, ${count(stage)} files staged\n`,
    );
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** @param {string} folder */
function count(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
}
