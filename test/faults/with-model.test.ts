/** The command line with the default decoder's real weights: quotes that stand in the sources, JSON shapes, no socket, Ctrl-C while it reads and writes. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type TestContext, describe, it } from 'node:test';
import { longsight } from '../support/command-line.ts';
import { linkModels } from '../support/models-home.ts';
import { defaultDecoder, defaultEmbedder, requireModel } from '../support/models.ts';
import { answerShape, generateShape, inspectShape, perplexityShape, statusShape } from '../support/shapes.ts';
import { smallRepository, temporaryFolder } from '../support/small-repository.ts';

/** A line of what is found says more of it than the evidence does, so that it is read for a quote. */
const question = 'Which cost and name does the shortest route take from its queue?';
const hook = pathToFileURL(path.resolve(import.meta.dirname, '../support/deny-network.mjs')).href;

/** A home of its own with this machine's models and built graphs in it, or undefined when the model is not here. */
async function homeWithModel(t: TestContext): Promise<{ cwd: string; home: string; weights: string } | undefined> {
  const model = await requireModel(defaultDecoder, t);
  if (!model) return undefined;
  const home = temporaryFolder(t, 'home');
  linkModels(home, [defaultDecoder, defaultEmbedder]);
  return { cwd: smallRepository(t), home, weights: model.weights };
}

describe('the command line with a decoder', () => {
  it('quotes only what stands in the sources, and opens no socket', async (t) => {
    const where = await homeWithModel(t);
    if (!where) return;
    const log = path.join(where.home, 'denied.log');
    const env = { NODE_OPTIONS: `--import=${hook}`, DENIED_LOG: log };
    const run = await longsight(['ask', question, '--json'], { ...where, env });
    assert.equal(run.code, 0, run.stderr);
    const answer = answerShape.parse(JSON.parse(run.stdout));
    assert.equal(answer.model, defaultDecoder);
    assert.equal(answer.citations[0]?.path, 'src/router.py');
    assert.ok(answer.budget.used > 0 && answer.budget.used <= answer.budget.window);
    assert.ok(answer.timings.prefillTokens > 0);
    assert.ok((answer.timings.firstTokenMs ?? -1) > 0);
    const written = String(answer.written);
    const quoted = [...written.matchAll(/^(`{3,})\w*\n([\s\S]*?)\n\1$/gm)].map(([, , lines = '']) => lines);
    const sources =
      readFileSync(path.join(where.cwd, 'src/router.py'), 'utf8') +
      readFileSync(path.join(where.cwd, 'src/depot.py'), 'utf8');
    for (const line of quoted.flatMap((lines) => lines.split('\n'))) assert.ok(sources.includes(line.trim()), line);
    assert.equal(existsSync(log) ? readFileSync(log, 'utf8') : '', '');
    const status = await longsight(['status', '--json'], where);
    assert.equal(statusShape.parse(JSON.parse(status.stdout)).outboundRequests, 0);
  });

  it('generates, measures perplexity and inspects in the documented shapes', async (t) => {
    const where = await homeWithModel(t);
    if (!where) return;
    const args = [
      'generate',
      '--prompt',
      'def fibonacci(n):',
      '--greedy',
      '--max-tokens',
      '4',
      '--top-logits',
      '2',
      '--json',
    ];
    const run = await longsight(args, where);
    assert.equal(run.code, 0, run.stderr);
    const generated = generateShape.parse(JSON.parse(run.stdout));
    assert.equal(generated.tokenIds.length, 4);
    assert.deepEqual(
      generated.topLogits.map((step) => step.length),
      [2, 2, 2, 2],
    );
    assert.deepEqual(
      generated.topLogits.map(([best]) => best?.id),
      generated.tokenIds,
    );
    const again = await longsight(
      [
        'generate',
        '--token-ids',
        generated.promptTokenIds.join(','),
        '--greedy',
        '--max-tokens',
        '4',
        '--json',
        '--model',
        where.weights,
      ],
      where,
    );
    assert.deepEqual(generateShape.parse(JSON.parse(again.stdout)).tokenIds, generated.tokenIds);

    const text = path.join(where.home, 'text.txt');
    writeFileSync(text, 'The quick brown fox jumps over the lazy dog. '.repeat(12));
    const perplexity = await longsight(
      ['perplexity', '--text-file', text, '--max-tokens', '64', '--bucket', '16', '--json'],
      where,
    );
    const report = perplexityShape.parse(JSON.parse(perplexity.stdout));
    assert.ok(report.meanNll > 0 && report.meanNll < 8);
    assert.ok(
      (report.buckets[0]?.meanNll ?? 0) > (report.buckets.at(-1)?.meanNll ?? 0),
      'a repeated sentence becomes predictable',
    );

    const inspect = await longsight(
      ['models', 'inspect', defaultDecoder, '--tensor', 'output_norm.weight', '--json'],
      where,
    );
    const inspected = inspectShape.parse(JSON.parse(inspect.stdout));
    assert.equal(inspected.metadata['general.architecture'], 'llama');
    assert.equal(inspected.tensor?.values.length, 576);
  });

  it('refuses a provider and a rope that are not there, and a lone --sinks', async (t) => {
    const where = await homeWithModel(t);
    if (!where) return;
    for (const [args, code] of [
      [['--provider', 'abacus'], 2],
      [['--sinks', '4'], 2],
      [['--rope', 'bent:2'], undefined],
    ] as const) {
      const run = await longsight(['generate', '--prompt', 'x', '--max-tokens', '1', ...args], where);
      assert.match(run.stderr, /^LS\d{4}: /, args.join(' '));
      assert.doesNotMatch(run.stderr, /LS1000/);
      assert.notEqual(run.code, 0);
      if (code !== undefined) assert.equal(run.code, code);
    }
  });

  it('stops with 130 on Ctrl-C while it reads, writes and generates, and keeps what was there', async (t) => {
    const where = await homeWithModel(t);
    if (!where) return;
    assert.equal((await longsight(['index', '--lexical-only'], where)).code, 0);
    const whileReading = await longsight(['ask', question, '--stream-json'], {
      ...where,
      interruptWhen: ({ stdout }) => stdout.includes('"phase":"reading"'),
    });
    assert.equal(whileReading.code, 130, whileReading.stderr);
    const done = answerShape.parse(JSON.parse(whileReading.stdout.trimEnd().split('\n').at(-1) ?? ''));
    assert.equal(done.stopped, true);
    assert.equal(done.citations[0]?.path, 'src/router.py');

    const whileWriting = await longsight(
      ['generate', '--prompt', 'Once upon a time', '--max-tokens', '2000', '--greedy'],
      {
        ...where,
        interruptWhen: ({ stdout }) => stdout.length > 20,
      },
    );
    assert.equal(whileWriting.code, 130, whileWriting.stderr);
    assert.ok(whileWriting.stdout.length < 2000);
    assert.doesNotMatch(whileWriting.stderr, /LS\d{4}/);
  });

  it('stops with 130 while the graphs are built for the first time, and builds them the next time', async (t) => {
    const where = await homeWithModel(t);
    if (!where) return;
    const home = temporaryFolder(t, 'new');
    symlinkSync(path.join(where.home, 'models'), path.join(home, 'models'));
    const graphs = path.join(home, 'graphs');
    const whole = (): string[] =>
      existsSync(graphs) ? readdirSync(graphs).filter((name) => /^[0-9a-f]{32}$/.test(name)) : [];
    const args = ['generate', '--prompt', 'x', '--max-tokens', '1', '--greedy'];
    const stopped = await longsight(args, { ...where, home, interruptAfterMs: 400 });
    // Before Node runs the first line, the system ends the process, which a shell shows as 130 too.
    assert.ok(stopped.code === 130 || stopped.signal === 'SIGINT', stopped.stderr);
    assert.equal(stopped.stdout, '');
    // Who waits for the end of the building finds it made.
    assert.deepEqual(whole(), []);
    const run = await longsight(args, { ...where, home });
    assert.equal(run.code, 0, run.stderr);
    assert.equal(whole().length, 1);
  });
});
