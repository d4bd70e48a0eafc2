/** Bundles what runs inside VS Code for the tests: the extension host's suites and the scripted engine, into out/. */
import path from 'node:path';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');

/** Builds both bundles and gives their places. */
export async function buildTests(): Promise<{ readonly suites: string; readonly scriptedEngine: string }> {
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node22',
    sourcemap: 'linked',
    logLevel: 'warning',
  } as const;
  const suites = path.join(root, 'out/extension-host/index.cjs');
  const scriptedEngine = path.join(root, 'out/scripted-engine.mjs');
  await Promise.all([
    build({
      ...common,
      format: 'cjs',
      external: ['vscode', 'mocha'],
      entryPoints: ['test/extension-host/index.ts'],
      outfile: suites,
    }),
    build({
      ...common,
      format: 'esm',
      entryPoints: ['test/support/scripted-engine.ts'],
      outfile: scriptedEngine,
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
    }),
  ]);
  return { suites, scriptedEngine };
}
