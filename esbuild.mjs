// Builds dist/: the extension, the engine process, its workers, the command line and the sidebar's page; writes nothing to
// standard output. --production minifies; --if-changed builds only when a source is newer than what was built last.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = import.meta.dirname;
const dist = path.join(root, 'dist');
const production = process.argv.includes('--production');
// Written after a whole build and dated at its beginning, so that a source saved meanwhile counts as newer.
const stamp = path.join(dist, '.built');
const startedAt = new Date();

/** The latest change of a file, or of any file below a folder, in milliseconds. */
function latestChange(at) {
  const stat = statSync(at, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  // A folder's own time tells of deleted and renamed files.
  return readdirSync(at).reduce((latest, name) => Math.max(latest, latestChange(path.join(at, name))), stat.mtimeMs);
}

if (process.argv.includes('--if-changed')) {
  const builtAt = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = ['src', 'webview', 'package.json', 'package-lock.json', 'tsconfig.json', 'esbuild.mjs'];
  if (sources.every((source) => latestChange(path.join(root, source)) < builtAt)) process.exit(0);
}
rmSync(stamp, { force: true });

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  logLevel: 'warning',
};
// Entry points that do not exist yet in a partial checkout are left out loudly, never silently.
const entries = (list) =>
  Object.fromEntries(
    list.filter(([, file]) => existsSync(path.join(root, file)) || process.stderr.write(`no ${file}\n`) < 0),
  );
const node = {
  ...common,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  external: ['onnxruntime-node'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

mkdirSync(path.join(dist, 'grammars'), { recursive: true });
await Promise.all([
  build({
    ...node,
    outdir: dist,
    entryPoints: entries([
      ['engine', 'src/engine/main.ts'],
      ['cli', 'src/cli/main.ts'],
      ['parser-worker', 'src/index/parse/parser-worker.ts'],
      ['embedder-worker', 'src/runtime/embedding/embedder-worker.ts'],
      ['decoder-worker', 'src/runtime/worker/decoder-worker.ts'],
      ['provider-probe', 'src/runtime/providers/provider-probe.ts'],
      ['speed-subject', 'src/runtime/bench/speed-subject.ts'],
    ]),
  }),
  build({
    ...common,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['vscode'],
    outExtension: { '.js': '.cjs' },
    outdir: dist,
    entryPoints: entries([['extension', 'src/extension/extension.ts']]),
  }),
  build({
    ...common,
    platform: 'browser',
    target: 'chrome128',
    format: 'iife',
    outdir: path.join(dist, 'webview'),
    entryPoints: entries([
      ['main', 'webview/main.ts'],
      ['style', 'webview/style.css'],
    ]),
    loader: { '.ttf': 'dataurl' },
  }),
]);

const grammars = path.join(root, 'node_modules/@vscode/tree-sitter-wasm/wasm');
for (const file of readdirSync(grammars))
  if (file.startsWith('tree-sitter-') && file.endsWith('.wasm'))
    cpSync(path.join(grammars, file), path.join(dist, 'grammars', file));
cpSync(
  path.join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm'),
  path.join(dist, 'grammars/web-tree-sitter.wasm'),
);
const codicons = path.join(root, 'node_modules/@vscode/codicons/dist');
for (const file of ['codicon.css', 'codicon.ttf']) cpSync(path.join(codicons, file), path.join(dist, 'webview', file));
cpSync(path.join(root, 'src/cli/launcher.mjs'), path.join(dist, 'longsight.mjs'));
writeFileSync(stamp, '');
utimesSync(stamp, startedAt, startedAt);
