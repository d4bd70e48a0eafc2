/** The index's files damaged, deleted, of another version, on a disk that is full or read-only: mended, or refused in words. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, describe, it } from 'node:test';
import { removeOldVersions } from '../../src/index/store/other-versions.ts';
import { indexFileName, writerLockName } from '../../src/index/store/schema.ts';
import { longsight } from '../support/command-line.ts';
import { openedIndex, run } from '../support/repository-index.ts';
import { indexReportShape, searchShape } from '../support/shapes.ts';
import { smallRepository, temporaryFolder } from '../support/small-repository.ts';

async function indexed(t: TestContext): Promise<{ cwd: string; home: string; file: string }> {
  const cwd = smallRepository(t);
  const home = temporaryFolder(t, 'home');
  const index = openedIndex(t, cwd, home);
  await run(index);
  index.dispose();
  return { cwd, home, file: index.file };
}

async function search(cwd: string, home: string): Promise<{ first: string | undefined; stderr: string }> {
  const result = await longsight(['search', 'shortest route Dijkstra', '--json'], { cwd, home });
  assert.equal(result.code, 0, result.stderr);
  return { first: searchShape.parse(JSON.parse(result.stdout)).results[0]?.path, stderr: result.stderr };
}

describe('damage', () => {
  it('a piece of a database is taken for ours and made again', async (t) => {
    const { cwd, home, file } = await indexed(t);
    for (const bytes of [50, 0, 99, 5000]) {
      truncateSync(file, Math.min(bytes, readFileSync(file).length));
      assert.equal((await search(cwd, home)).first, 'src/router.py', `${bytes} bytes`);
    }
  });

  it('flipped bytes inside valid rows are found by whoever reads them, and the index is made again', async (t) => {
    for (const column of ['terms', 'text', 'chunks'] as const) {
      const { cwd, home, file } = await indexed(t);
      const raw = new DatabaseSync(file);
      for (const row of raw.prepare(`SELECT id, ${column} AS value FROM blob`).all()) {
        const { id, value } = row;
        assert.ok(typeof id === 'number' && (typeof value === 'string' || value instanceof Uint8Array));
        const nonsense = typeof value === 'string' ? `${value.slice(1)}x` : value.map((byte) => byte ^ 0x55);
        raw.prepare(`UPDATE blob SET ${column} = ? WHERE id = ?`).run(nonsense, id);
      }
      raw.close();
      assert.equal((await search(cwd, home)).first, 'src/router.py', column);
    }
  });

  it('nothing done to the files of the index ends in an error without a number', async (t) => {
    const { cwd, home, file } = await indexed(t);
    const folder = path.dirname(file);
    const deeds: Record<string, () => void> = {
      'a folder in its place': () => {
        rmSync(file);
        mkdirSync(file);
      },
      'a table dropped': () => {
        const raw = new DatabaseSync(file);
        raw.exec('DROP TABLE symbol');
        raw.close();
      },
      'numbers where bytes should be': () => {
        const raw = new DatabaseSync(file);
        raw.exec('UPDATE blob SET chunks = 7, terms = 7, scopes = 7');
        raw.close();
      },
      'a log of noise': () => {
        writeFileSync(`${file}-wal`, 'noise '.repeat(10_000));
      },
      'a lock of noise': () => {
        writeFileSync(path.join(folder, writerLockName), 'noise '.repeat(10_000));
      },
      'a file in place of the folder': () => {
        rmSync(folder, { recursive: true });
        writeFileSync(folder, '');
      },
    };
    for (const [deed, act] of Object.entries(deeds)) {
      act();
      const result = await longsight(['search', 'shortest route', '--json'], { cwd, home });
      assert.doesNotMatch(result.stdout + result.stderr, /LS1000/, deed);
      assert.ok(result.code === 0 || /LS\d{4}/.test(result.stdout + result.stderr), `${deed}: ${result.stderr}`);
      rmSync(folder, { recursive: true, force: true });
      await run(openedIndex(t, cwd, home));
    }
  });
});

describe('a disk that cannot be written', () => {
  /** The home on a file system of its own, remounted as asked when the index is complete. */
  async function onOwnDisk(
    t: TestContext,
    then: (home: string) => void,
  ): Promise<{ cwd: string; home: string } | null> {
    const cwd = smallRepository(t);
    // Not a folder that is removed at the end: hooks run in order, and it must not be mounted then.
    const home = mkdtempSync(path.join(tmpdir(), 'longsight-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', home], { stdio: 'ignore' });
    } catch {
      rmdirSync(home);
      t.skip('this user may not mount a small file system');
      return null;
    }
    t.after(() => {
      execFileSync('umount', ['--lazy', home]);
      rmdirSync(home);
    });
    const result = await longsight(['index', '--lexical-only', '--json'], { cwd, home });
    assert.equal(result.code, 0, result.stderr);
    then(home);
    return { cwd, home };
  }

  it('read-only: a complete index is searched, a change is refused with LS5001 and searched as it was', async (t) => {
    const place = await onOwnDisk(t, (home) => execFileSync('mount', ['-o', 'remount,ro', home]));
    if (!place) return;
    const { cwd, home } = place;
    assert.equal((await search(cwd, home)).first, 'src/router.py');
    writeFileSync(path.join(cwd, 'src', 'new.py'), 'def brand_new():\n    return 1\n');
    const index = await longsight(['index', '--lexical-only', '--json'], { cwd, home });
    assert.equal(index.code, 1);
    assert.match(index.stdout + index.stderr, /LS5001/);
    const found = await search(cwd, home);
    assert.equal(found.first, 'src/router.py');
    assert.match(found.stderr, /as it was/);
  });

  it('full: a complete index is searched, a change is refused with LS5002', async (t) => {
    const place = await onOwnDisk(t, (home) => {
      try {
        writeFileSync(path.join(home, 'filler'), Buffer.alloc(8_000_000));
      } catch {
        // Full is what it should be.
      }
    });
    if (!place) return;
    const { cwd, home } = place;
    assert.equal((await search(cwd, home)).first, 'src/router.py');
    writeFileSync(path.join(cwd, 'src', 'new.py'), 'def brand_new():\n    return 1\n');
    const index = await longsight(['index', '--lexical-only', '--json'], { cwd, home });
    assert.equal(index.code, 1);
    assert.match(index.stdout + index.stderr, /LS5002/);
    assert.equal((await search(cwd, home)).first, 'src/router.py');
  });
});

describe('two versions', () => {
  it('have a file each; vectors of the other are taken over, and its file stays', async (t) => {
    const { cwd, home, file } = await indexed(t);
    const index = openedIndex(t, cwd, home);
    index.reader.putVectors([{ key: 'k', vector: Float32Array.of(1, 2) }]);
    index.dispose();
    const other = path.join(path.dirname(file), 'index-1.db');
    renameSync(file, other);
    const before = readFileSync(other);
    const again = openedIndex(t, cwd, home);
    assert.equal(path.basename(again.file), indexFileName);
    assert.deepEqual(again.reader.vector('k'), Float32Array.of(1, 2));
    assert.equal((await run(again)).indexed, (await run(again)).files);
    assert.deepEqual(readFileSync(other), before);
  });

  it('files of other versions go after a month without use', async (t) => {
    const { file } = await indexed(t);
    const other = path.join(path.dirname(file), 'index-1.db');
    writeFileSync(other, '');
    removeOldVersions(file, Date.now() + 20 * 86_400_000);
    assert.ok(existsSync(other));
    removeOldVersions(file, Date.now() + 40 * 86_400_000);
    assert.ok(!existsSync(other));
    assert.ok(existsSync(file));
  });
});

it('an index that is deleted while it is open is noticed and made again', async (t) => {
  const { cwd, home, file } = await indexed(t);
  const index = openedIndex(t, cwd, home);
  const before = index.reader.files().length;
  rmSync(path.dirname(file), { recursive: true });
  writeFileSync(path.join(cwd, 'src', 'router.py'), 'def found_again():\n    return 1\n');
  await index.indexer.filesChanged([path.join(cwd, 'src', 'router.py')]);
  assert.ok(existsSync(file));
  assert.equal(index.reader.files().length, before);
  assert.equal(index.reader.definitions('found_again').length, 1);
  const report = await longsight(['index', '--lexical-only', '--json'], { cwd, home });
  assert.equal(indexReportShape.parse(JSON.parse(report.stdout)).files, before);
});
