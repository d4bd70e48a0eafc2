/** `longsight models`: the catalogue and the model files on this machine. */
import path from 'node:path';
import type { Command } from 'commander';
import type { InspectReport, ModelListing, ModelOutlook, ProbeReport } from '../../protocol/models.ts';
import { getModel } from '../default-models.ts';
import { modelOf } from '../environment.ts';
import { formatBytes, formatCount, inline, note, print, printJson, styled, words } from '../output.ts';
import { verdictWords } from '../verdict-words.ts';
import { type CommonOptions, type WithEngine, addCommonOptions, examples } from '../session.ts';
import { wholeNumber } from '../values.ts';

interface ProbeOptions extends CommonOptions {
  readonly windowSeconds?: number;
}

interface InspectOptions extends CommonOptions {
  readonly tensor?: string;
}

/** Values of a tensor and characters of a metadata value that are shown to a person; `--json` has all. */
const shownValues = 16;
const shownCharacters = 100;

export function addModels(program: Command, withEngine: WithEngine): void {
  const models = program
    .command('models')
    .description('list, get, import, remove, probe and inspect models')
    .addHelpText('after', examples('models list', 'models get qwen2.5-coder-0.5b'));

  addCommonOptions(models.command('list'))
    .description('list the catalogue and what is on this machine')
    .addHelpText('after', examples('models list --json'))
    .action(async (options: CommonOptions) => {
      await withEngine(options, async ({ engine }) => {
        const listings = await engine.listModels();
        if (options.json) printJson({ models: listings });
        else showListings(listings);
      });
    });

  addCommonOptions(models.command('get'))
    .description('download a model from the catalogue, continuing where an earlier download stopped, and verify it')
    .argument('<id>', 'the catalogue id, or the beginning of one')
    .addHelpText('after', examples('models get qwen2.5-coder-0.5b'))
    .action(async (id: string, options: CommonOptions) => {
      await withEngine(options, async (session) => {
        const begun = (await session.engine.listModels()).filter(
          (listing) => listing.id === id || listing.id.startsWith(`${id}-`),
        );
        const [known] = begun.length === 1 ? begun : [];
        const against = known?.unsupported ?? known?.outlook?.hindrance;
        if (against !== undefined) note(`${words(against)} It is downloaded anyway.`);
        write(await getModel(session, id), options);
      });
    });

  addCommonOptions(models.command('import'))
    .description('add a GGUF or safetensors file on this machine to the list of models')
    .argument('<file>', 'a file, any part of a split one, or a folder with config.json and safetensors')
    .addHelpText('after', examples('models import ~/Downloads/model.gguf'))
    .action(async (file: string, options: CommonOptions) => {
      await withEngine(options, async ({ engine, signal }) => {
        write(await engine.importModel(path.resolve(file), signal), options);
      });
    });

  addCommonOptions(models.command('remove'))
    .description('delete a model’s files from this machine')
    .argument('<id>', 'the id that list shows')
    .addHelpText('after', examples('models remove smollm2-135m-instruct-q4_1'))
    .action(async (id: string, options: CommonOptions) => {
      await withEngine(options, async ({ engine }) => {
        await engine.removeModel(id);
        if (options.json) printJson({ removed: id });
        else print(`${inline(id)} is no longer on this machine.\n`);
      });
    });

  addCommonOptions(models.command('probe'))
    .description('measure providers, speed, the reading test and the effective window on this machine')
    .argument('[id]', 'a catalogue id, a file or a server’s address; default: the decoder in use')
    .option('--window-seconds <n>', 'the most time for the effective window', wholeNumber('--window-seconds', 1))
    .addHelpText('after', examples('models probe', 'models probe ./model.gguf --window-seconds 900 --json'))
    .action(async (id: string | undefined, options: ProbeOptions) => {
      await withEngine({ ...options, ...(id !== undefined && { model: id }) }, async ({ engine, progress, signal }) => {
        const report = await engine.probeModel(
          modelOf(id) ?? null,
          options.windowSeconds ?? null,
          ({ message, done, total }) => {
            progress.update(message, done, total);
          },
          signal,
        );
        progress.clear();
        if (options.json) printJson(report);
        else showProbe(report);
      });
    });

  addCommonOptions(models.command('inspect'))
    .description('show the metadata and tensors of a model file')
    .argument('<file>', 'a GGUF or safetensors file or folder, or a catalogue id that is installed')
    .option('--tensor <name>', 'show this tensor’s dequantised values')
    .addHelpText(
      'after',
      examples('models inspect model.gguf', 'models inspect model.gguf --tensor blk.0.attn_norm.weight --json'),
    )
    .action(async (file: string, options: InspectOptions) => {
      await withEngine(options, async ({ engine }) => {
        const report = await engine.inspectModel(modelOf(file) ?? file, options.tensor ?? null);
        if (options.json) printJson(report);
        else showInspect(report);
      });
    });
}

function write(listing: ModelListing, options: CommonOptions): void {
  if (options.json) printJson(listing);
  else showListing(listing);
}

/** What can be used now comes first, then what can be got, and last what is only there to be known. */
function showListings(listings: readonly ModelListing[]): void {
  const runnable = listings.filter(({ unsupported }) => unsupported === undefined);
  const groups = [
    ['On this machine', runnable.filter(({ state }) => state !== 'available')],
    ['To download: longsight models get ID', runnable.filter(({ state }) => state === 'available')],
    ['Not run by this version of Longsight', listings.filter(({ unsupported }) => unsupported !== undefined)],
  ] as const;
  for (const [title, group] of groups) {
    if (group.length === 0) continue;
    print(`${styled('underline', title)}\n`);
    group.forEach(showListing);
    print('\n');
  }
  print('A model of your own, GGUF or safetensors: --model FILE, or "longsight models import FILE".\n');
}

function showListing(model: ModelListing): void {
  const { kind, state, origin, size, recommendedMemory, contextLength, licence } = model;
  const facts = [
    // Which decoder suits this machine is said below it.
    model.isDefault && kind === 'embedder' ? `${kind} (default)` : kind,
    ...(state === 'found' ? [`found (${origin})`] : []),
    formatBytes(size),
    `${formatBytes(recommendedMemory)} of memory`,
    ...(contextLength > 0 ? [formatCount(contextLength, 'token')] : []),
    licence,
  ];
  print(
    `${styled('bold', inline(model.id))}  ${inline(facts.join(', '))}\n` +
      `    ${inline(model.displayName)}. ${words(model.note)}\n` +
      (model.outlook ? `    ${outlookWords(model.outlook)}\n` : '') +
      (model.outlook?.advice ? `    ${styled('bold', adviceWords(model.outlook.advice))}\n` : '') +
      (model.path === null ? '' : `    ${inline(model.path)}\n`),
  );
}

/** What it writes, measured here or expected from its size, and whether it fits. */
function outlookWords({ readingTest, expected, freeMemory, fits, secondsToRead }: ModelOutlook): string {
  const guesses = {
    prose: 'not tested, expected to write prose',
    quotes: 'not tested, expected to quote only',
    unknown: 'not tested',
  };
  const writes = readingTest ? verdictWords(readingTest) : guesses[expected];
  const memory = fits ? '' : `; more memory than is free (${formatBytes(freeMemory)})`;
  const reads = `; reads a question in about ${formatSeconds(secondsToRead)} here`;
  return `${writes}${memory}${fits ? reads : ''}`;
}

function adviceWords({ purpose, because }: NonNullable<ModelOutlook['advice']>): string {
  const titles = {
    use: 'Answers on this machine.',
    get: 'For this machine.',
    offer: 'Would answer better here.',
  };
  return `${titles[purpose]} ${words(because)}`;
}

function formatSeconds(seconds: number): string {
  return seconds < 120 ? `${Math.max(1, Math.round(seconds)).toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
}

function showProbe(report: ProbeReport): void {
  const { readingTest } = report;
  print(
    `${styled('bold', inline(report.id))} on ${inline(report.provider)}\n` +
      report.providers
        .map(({ name, usable, reason }) => `    ${name}: ${usable ? 'usable' : `not usable, ${words(reason)}`}\n`)
        .join('') +
      `prefill ${report.prefillTokensPerSecond.toFixed(0)} tokens/s, decode ${report.decodeTokensPerSecond.toFixed(1)} tokens/s\n` +
      `${windowWords(report)}\n` +
      `reading test ${readingTest.correct} of ${readingTest.questions}, ${readingTest.needed} needed: ${readingTest.passed ? 'writes prose' : 'only quotes'}\n`,
  );
}

/** What is known to work, what failed, and what was not tried for want of time. */
function windowWords({ effectiveWindow, window }: ProbeReport): string {
  const tokens = formatCount(effectiveWindow, 'token');
  if (!window) return `effective window ${tokens}`;
  const { atLeast, failedAt, ended, seconds, allowedSeconds } = window;
  const missed = failedAt === null ? '' : `a planted fact was missed in ${formatCount(failedAt, 'token')}`;
  if (ended === 'limit') return `effective window ${tokens}: all that the decoder holds`;
  if (ended === 'failed')
    return atLeast === 0 ? `effective window unknown: ${missed}` : `effective window ${tokens}: ${missed}`;
  return `effective window at least ${tokens}: stopped for time after ${Math.round(seconds)} of ${allowedSeconds} s${missed === '' ? ', nothing was missed' : `, ${missed}`}`;
}

function planWords(plan: NonNullable<InspectReport['plan']>): string {
  if (!plan.fits) return words(plan.why);
  const parts = `weights ${formatBytes(plan.weights)}, ${formatCount(plan.window, 'token')} of keys and values ${formatBytes(plan.keysAndValues)}, working memory ${formatBytes(plan.scratch)}`;
  const reduced = plan.reduced === null ? '' : ` (${words(plan.reduced)})`;
  return `memory ${formatBytes(plan.total)} of ${formatBytes(plan.free)} free: ${parts}${reduced}`;
}

function showInspect({ format, files, metadata, tensors, tensor, plan }: InspectReport): void {
  for (const file of files) print(`${format} ${inline(file.path)} (${formatBytes(file.size)})\n`);
  if (plan) print(`${planWords(plan)}\n`);
  for (const [key, value] of Object.entries(metadata)) {
    const text = JSON.stringify(value);
    print(`${inline(key)}: ${text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text}\n`);
  }
  for (const { name, type, shape } of tensors) print(`${inline(name)}  ${type}  [${shape.join(', ')}]\n`);
  if (tensor) {
    const values = tensor.values.slice(0, shownValues).join(', ');
    print(
      `${inline(tensor.name)} = ${values}${tensor.values.length > shownValues ? `, … (${formatCount(tensor.values.length, 'value')})` : ''}\n`,
    );
  }
}
