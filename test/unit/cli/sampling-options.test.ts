/** The sampling options of the command line: what they make of a request, and what they refuse. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { type SamplingOptions, addSamplingOptions, samplingParameters } from '../../../src/cli/sampling-options.ts';

function parsed(...args: readonly string[]): ReturnType<typeof samplingParameters> {
  const command = addSamplingOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return samplingParameters(command.parse(args, { from: 'user' }).opts<SamplingOptions>());
}

describe('sampling options', () => {
  it('say nothing when nothing is asked for', () => {
    assert.deepEqual(parsed(), {});
  });

  it('give every value on', () => {
    assert.deepEqual(
      parsed(
        ...['--temperature', '0.5', '--top-k', '20', '--top-p', '0.9', '--min-p', '0.1', '--seed', '7'],
        ...['--repetition-penalty', '1.2', '--repetition-window', '-1', '--stop', 'a', '--stop', '\n'],
        ...['--regex', '(yes|no)', '--no-speculation'],
      ),
      {
        temperature: 0.5,
        topK: 20,
        topP: 0.9,
        minP: 0.1,
        seed: 7,
        repetitionPenalty: 1.2,
        repetitionWindow: -1,
        stop: ['a', '\n'],
        constraint: { kind: 'regex', pattern: '(yes|no)' },
        speculation: false,
      },
    );
    assert.deepEqual(parsed('--greedy'), { greedy: true });
  });

  it('read a bias by id and by text, up to the last equals sign', () => {
    const { logitBias } = parsed(...['--logit-bias', '42=-1.5', '--logit-bias', ' a = b=2', '--logit-bias', '7=never']);
    assert.deepEqual(logitBias, [
      { token: 42, bias: -1.5 },
      { token: ' a = b', bias: 2 },
      { token: 7, bias: 'never' },
    ]);
    for (const wrong of ['42', '=1', '42=', '42=much'])
      assert.throws(() => parsed('--logit-bias', wrong), /LS1002/, wrong);
  });

  it('take a schema as text and as a file', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'longsight-schema-'));
    const file = path.join(folder, 'schema.json');
    writeFileSync(file, '{"type":"string"}');
    const constraint = { kind: 'json-schema', schema: { type: 'string' } };
    assert.deepEqual(parsed('--json-schema', file), { constraint });
    assert.deepEqual(parsed('--json-schema', ' {"type": "string"}'), { constraint });
    assert.deepEqual(parsed('--json-schema', 'true'), { constraint: { kind: 'json-schema', schema: true } });
    assert.throws(() => parsed('--json-schema', '{"type": '), /LS1002/);
    assert.throws(() => parsed('--json-schema', path.join(folder, 'none.json')), /LS1003/);
    rmSync(folder, { recursive: true });
  });

  it('refuse a penalty that is none', () => {
    assert.throws(() => parsed('--repetition-penalty', '0'), /LS1002/);
    assert.throws(() => parsed('--repetition-window', '-2'), /LS1002/);
  });
});
