/** A summary whose process is killed (SIGKILL): the next one says so, goes on from there, and nothing is written twice. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { sources } from '../support/reading-writer.ts';
import { temporaryFolder, writeFiles } from '../support/small-repository.ts';

const program = path.resolve(import.meta.dirname, '../support/summary-process.ts');
const doneShape = z.object({
  work: z.object({ modelCalls: z.int(), written: z.int(), kept: z.int(), stale: z.int() }),
  notices: z.array(z.string()),
});

interface Run {
  /** What the writer was run for. */
  readonly ran: readonly string[];
  readonly done: z.infer<typeof doneShape> | null;
}

/** @param killAfter runs of the writer after which the process is killed; null: it ends by itself */
function summarise(root: string, home: string, killAfter: number | null): Promise<Run> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, root, home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const linesIn = (): string[] => output.split('\n').slice(0, -1);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (killAfter !== null && linesIn().length >= killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      const done = linesIn().find((line) => line.startsWith('done '));
      resolve({
        ran: linesIn().flatMap((line) => (line.startsWith('ran ') ? [line.slice(4)] : [])),
        done: done === undefined ? null : doneShape.parse(JSON.parse(done.slice(5))),
      });
    });
  });
}

describe('a summary that is killed', () => {
  it('is said to be, goes on where it was, and writes nothing twice', async (t) => {
    const root = temporaryFolder(t, 'ferry');
    const home = temporaryFolder(t, 'home');
    mkdirSync(root, { recursive: true });
    writeFiles(root, sources(5, 4));
    const first = await summarise(root, home, 9);
    assert.equal(first.done, null);
    assert.ok(first.ran.length >= 9);
    const second = await summarise(root, home, 17);
    assert.equal(second.done, null);
    const third = await summarise(root, home, null);
    assert.ok(third.done);
    assert.ok(
      third.done.notices.some((line) => /was broken off after \d+ of \d+ parts/.test(line)),
      third.done.notices.join('\n'),
    );
    // What was in flight when the process died is the only thing that may have to be written again.
    const twice = first.ran.filter((one) => second.ran.includes(one));
    assert.ok(
      twice.every((one) => one === first.ran.at(-1)),
      twice.join(),
    );
    const again = [...first.ran, ...second.ran].filter((one) => third.ran.includes(one));
    assert.ok(
      again.every((one) => one === second.ran.at(-1)),
      again.join(),
    );
    assert.equal(third.done.work.modelCalls, third.ran.length);
    const all = new Set([...first.ran, ...second.ran, ...third.ran]);
    assert.equal(third.done.work.written + third.done.work.kept, all.size);
    const fourth = await summarise(root, home, null);
    assert.deepEqual(fourth.ran, []);
    assert.ok(!fourth.done?.notices.some((line) => line.includes('broken off')));
  });
});
