// Writes THIRD_PARTY_NOTICES.md: every package whose code is in what we ship, with its licence text. --check only compares.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const target = path.join(root, 'THIRD_PARTY_NOTICES.md');
const accepted =
  /^\(?(MIT|ISC|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|0BSD|CC-BY-4\.0|BlueOak-1\.0\.0|MPL-2\.0 OR Apache-2\.0|\(MPL-2\.0 OR Apache-2\.0\)|MIT OR .*|\(MIT OR .*\))\)?$/;

/** Packages beside the bundles in the VSIX, or whose assets are copied into dist/. */
const beside = [
  'onnxruntime-node',
  'onnxruntime-common',
  '@vscode/tree-sitter-wasm',
  'web-tree-sitter',
  '@vscode/codicons',
];

async function bundledPackages() {
  const { metafile } = await build({
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
    platform: 'node',
    format: 'esm',
    outdir: 'out',
    external: ['vscode', 'onnxruntime-node'],
    loader: { '.ttf': 'empty' },
    entryPoints: [
      'src/extension/extension.ts',
      'src/engine/main.ts',
      'src/cli/main.ts',
      'src/index/parse/parser-worker.ts',
      'src/runtime/embedding/embedder-worker.ts',
      'src/runtime/worker/decoder-worker.ts',
      'webview/main.ts',
    ],
  });
  const names = new Set(beside);
  for (const input of Object.keys(metafile.inputs)) {
    const match = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match?.[1]) names.add(match[1]);
  }
  return [...names].sort();
}

function notice(name) {
  const folder = path.join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  if (!accepted.test(license))
    throw new Error(`${name} ${version} has the licence ${license}, which is not on our list`);
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text =
    file && existsSync(path.join(folder, file))
      ? readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()
      : `Licensed under ${license}.`;
  return `## ${name} ${version} (${license})\n\n\`\`\`text\n${text}\n\`\`\`\n`;
}

const names = await bundledPackages();
const content = `# Third-party notices\n\nOther people's work that Longsight ships. Made by \`npm run notices\` from what the bundles contain.\n\n${names.map(notice).join('\n')}`;
if (!process.argv.includes('--check')) writeFileSync(target, content);
else if (!existsSync(target) || readFileSync(target, 'utf8') !== content) {
  process.stderr.write('THIRD_PARTY_NOTICES.md does not match what is shipped: run "npm run notices"\n');
  process.exitCode = 1;
}
