// Builds dist/: the extension, the engine process, its workers, the command line and the sidebar's page. --production minifies.
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = import.meta.dirname;
const dist = path.join(root, 'dist');
const production = process.argv.includes('--production');
const common = {
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  logLevel: 'warning',
};
// Entry points that do not exist yet in a partial checkout are left out loudly, never silently.
const entries = (list) => Object.fromEntries(list.filter(([, file]) => existsSync(path.join(root, file)) || process.stderr.write(`no ${file}\n`) < 0));
const node = {
  ...common,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  external: ['onnxruntime-node'],
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
};

mkdirSync(path.join(dist, 'grammars'), { recursive: true });
await Promise.all([
  build({
    ...node,
    outdir: dist,
    entryPoints: entries([
      ['engine', 'src/engine/main.ts'],
      ['cli', 'src/cli/main.ts'],
      ['parser-worker', 'src/index/parser-worker.ts'],
      ['embedder-worker', 'src/runtime/embedder-worker.ts'],
      ['decoder-worker', 'src/runtime/decoder-worker.ts'],
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
    entryPoints: entries([['main', 'webview/main.ts'], ['style', 'webview/style.css']]),
    loader: { '.ttf': 'dataurl' },
  }),
]);

const grammars = path.join(root, 'node_modules/@vscode/tree-sitter-wasm/wasm');
for (const file of readdirSync(grammars)) if (file.startsWith('tree-sitter-') && file.endsWith('.wasm')) cpSync(path.join(grammars, file), path.join(dist, 'grammars', file));
cpSync(path.join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm'), path.join(dist, 'grammars/web-tree-sitter.wasm'));
const codicons = path.join(root, 'node_modules/@vscode/codicons/dist');
for (const file of ['codicon.css', 'codicon.ttf']) cpSync(path.join(codicons, file), path.join(dist, 'webview', file));
