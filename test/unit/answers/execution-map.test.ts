/** The map of what happens: entries, steps in the order of their calls, and the line that ends a path. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { manifestsOf } from '../../../src/answers/code/manifests/manifests.ts';
import { executionMap } from '../../../src/answers/summarise/execution-map.ts';
import { indexFiles } from '../../support/indexed-folder.ts';

const never = new AbortController().signal;

describe('the execution map', () => {
  it('goes from a declared program along the calls that lead to most, in the order of their lines', async (t) => {
    const folder = await indexFiles(t, 'ferry', {
      'pyproject.toml': '[project]\nname = "ferry"\n\n[project.scripts]\nferry = "ferry.cli:run"\n',
      'ferry/__init__.py': '',
      'ferry/cli.py':
        'from ferry.load import read_manifest\nfrom ferry.sail import sail_to\n\n\ndef run():\n    parcels = read_manifest("a")\n    return sail_to(parcels)\n',
      'ferry/load.py': 'def read_manifest(name):\n    return [name]\n',
      'ferry/sail.py':
        'from ferry.dock import moor_at\n\n\ndef sail_to(parcels):\n    check_weight(parcels)\n    return moor_at(parcels)\n\n\ndef check_weight(parcels):\n    pass\n',
      'ferry/dock.py':
        'def moor_at(parcels):\n    if not parcels:\n        raise ValueError\n    return len(parcels)\n',
      'tests/test_cli.py': 'from ferry.cli import run\n\n\ndef main():\n    run()\n',
    });
    const { reader } = folder.index;
    const [first, ...others] = await executionMap(reader, manifestsOf(reader), '', never);
    assert.ok(first);
    assert.equal(first.entry.name, 'run');
    assert.deepEqual(
      first.steps.map(({ depth, name, calledAt }) => [depth, name, `${calledAt?.path ?? ''}:${calledAt?.line ?? 0}`]),
      [
        [1, 'read_manifest', 'ferry/cli.py:6'],
        [1, 'sail_to', 'ferry/cli.py:7'],
        [2, 'check_weight', 'ferry/sail.py:5'],
        [2, 'moor_at', 'ferry/sail.py:6'],
      ],
    );
    assert.deepEqual(others, [], 'what a path went through is no path of its own');
    for (const step of first.steps) {
      const lines = (await readFile(path.join(folder.root, step.calledAt?.path ?? ''), 'utf8')).split('\n');
      assert.ok(lines[(step.calledAt?.line ?? 0) - 1]?.includes(step.name));
    }
  });

  it('begins a library at the public function that leads to most, and ends it where that leaves', async (t) => {
    const folder = await indexFiles(t, 'mast', {
      'go.mod': 'module example.org/mast\n',
      'mast.go':
        'package mast\n\n// Raise lifts the sail.\nfunc Raise(height int) int {\n\tcheck(height)\n\treturn hoist(height)\n}\n\nfunc check(height int) {\n\tif height < 0 {\n\t\tpanic("low")\n\t}\n}\n\nfunc hoist(height int) int {\n\treturn winch(height) + 1\n}\n\nfunc winch(height int) int {\n\treturn height * 2\n}\n\n// Size is a number.\nfunc Size() int {\n\treturn 1\n}\n',
    });
    const { reader } = folder.index;
    const [first] = await executionMap(reader, manifestsOf(reader), '', never);
    assert.equal(first?.entry.name, 'Raise');
    assert.deepEqual(
      first.steps.map(({ name }) => name),
      ['check', 'hoist', 'winch'],
    );
    assert.deepEqual([first.exit.startLine, first.exit.text], [20, 'return height * 2']);
  });
});
