/** `longsight models`: the catalogue and the model files on this machine. */
import path from 'node:path';
import type { Command } from 'commander';
import type { InspectReport, ModelListing, ProbeReport } from '../../protocol/models.ts';
import { getModel } from '../default-models.ts';
import { modelOf } from '../environment.ts';
import { formatBytes, formatCount, note, print, printJson, styled } from '../output.ts';
import { type CommonOptions, type WithEngine, addCommonOptions, examples } from '../session.ts';

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
    .addHelpText('after', examples('models list', 'models get smollm2-135m-instruct-q4_1'));

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
    .description('download a model of the catalogue, going on where a break left it, and verify it')
    .argument('<id>', 'the catalogue id')
    .addHelpText('after', examples('models get smollm2-135m-instruct-q4_1'))
    .action(async (id: string, options: CommonOptions) => {
      await withEngine(options, async (session) => {
        const known = (await session.engine.listModels()).find((listing) => listing.id === id);
        if (known?.unsupported !== undefined) note(`${known.unsupported} It is got all the same.`);
        write(await getModel(session, id), options);
      });
    });

  addCommonOptions(models.command('import'))
    .description('take a GGUF or safetensors file on this machine into the list of models')
    .argument('<file>', 'the file, any part of a split one, or a folder with config.json and safetensors')
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
        else print(`${id} is no longer on this machine.\n`);
      });
    });

  addCommonOptions(models.command('probe'))
    .description('measure providers, speed, the reading test and the effective window on this machine')
    .argument('[id]', 'a catalogue id, a file or a server’s address; left out: the decoder in use')
    .addHelpText('after', examples('models probe', 'models probe ./model.gguf --json'))
    .action(async (id: string | undefined, options: CommonOptions) => {
      await withEngine({ ...options, ...(id !== undefined && { model: id }) }, async ({ engine, progress, signal }) => {
        const report = await engine.probeModel(
          modelOf(id) ?? null,
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
    ['To get: longsight models get ID', runnable.filter(({ state }) => state === 'available')],
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
    model.isDefault ? `${kind} (default)` : kind,
    ...(state === 'found' ? [`found (${origin})`] : []),
    formatBytes(size),
    `${formatBytes(recommendedMemory)} of memory`,
    ...(contextLength > 0 ? [formatCount(contextLength, 'token')] : []),
    licence,
  ];
  print(
    `${styled('bold', model.id)}  ${facts.join(', ')}\n` +
      `    ${model.displayName}. ${model.note}\n` +
      (model.path === null ? '' : `    ${model.path}\n`),
  );
}

function showProbe(report: ProbeReport): void {
  const { readingTest } = report;
  print(
    `${styled('bold', report.id)} on ${report.provider}\n` +
      report.providers
        .map(({ name, usable, reason }) => `    ${name}: ${usable ? 'usable' : `not usable, ${reason}`}\n`)
        .join('') +
      `prefill ${report.prefillTokensPerSecond.toFixed(0)} tokens/s, decode ${report.decodeTokensPerSecond.toFixed(1)} tokens/s\n` +
      `effective window ${formatCount(report.effectiveWindow, 'token')}\n` +
      `reading test ${readingTest.correct} of ${readingTest.questions}, ${readingTest.needed} needed: ${readingTest.passed ? 'writes prose' : 'only quotes'}\n`,
  );
}

function planWords(plan: NonNullable<InspectReport['plan']>): string {
  if (!plan.fits) return plan.why;
  const parts = `weights ${formatBytes(plan.weights)}, ${formatCount(plan.window, 'token')} of keys and values ${formatBytes(plan.keysAndValues)}, ${formatBytes(plan.scratch)} on the way`;
  const reduced = plan.reduced === null ? '' : ` (${plan.reduced})`;
  return `memory ${formatBytes(plan.total)} of ${formatBytes(plan.free)} free: ${parts}${reduced}`;
}

function showInspect({ format, files, metadata, tensors, tensor, plan }: InspectReport): void {
  for (const file of files) print(`${format} ${file.path} (${formatBytes(file.size)})\n`);
  if (plan) print(`${planWords(plan)}\n`);
  for (const [key, value] of Object.entries(metadata)) {
    const text = JSON.stringify(value);
    print(`${key}: ${text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text}\n`);
  }
  for (const { name, type, shape } of tensors) print(`${name}  ${type}  [${shape.join(', ')}]\n`);
  if (tensor) {
    const values = tensor.values.slice(0, shownValues).join(', ');
    print(
      `${tensor.name} = ${values}${tensor.values.length > shownValues ? `, … (${formatCount(tensor.values.length, 'value')})` : ''}\n`,
    );
  }
}
