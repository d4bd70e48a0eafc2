/** Golden files: what came out before stands in test/golden; with RESET_GOLDEN=1 a run accepts what comes out now. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Compares a text with `test/golden/<name>`. */
export function assertGolden(name: string, actual: string): void {
  const file = path.join(import.meta.dirname, '../golden', name);
  const text = actual.endsWith('\n') ? actual : `${actual}\n`;
  if (process.env.RESET_GOLDEN === '1') {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  assert.equal(text, readFileSync(file, 'utf8'), `differs from test/golden/${name}; RESET_GOLDEN=1 accepts it`);
}
