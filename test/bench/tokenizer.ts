/**
 * Tokens a second of encoding a text, beside llama.cpp's own tokenizer on the same vocabulary in the same run, and whether both
 * make the same ids.
 *
 *   node test/bench/tokenizer.ts TEXT-FILE FILE.gguf...
 *
 * Without arguments: a megabyte of Longsight's own source with the vocabularies of test/support/vocabularies.ts.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { peerLibrary } from '../../src/engine/bench/peer-library.ts';
import { readGguf } from '../../src/models/gguf/reader.ts';
import { longsightHome } from '../../src/models/home.ts';
import { tokenizerFromGguf } from '../../src/models/tokenizer/from-gguf.ts';
import { createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';

interface PeerModel {
  tokenize(text: string): readonly number[];
}
interface PeerLibrary {
  getLlama(options: object): Promise<{ loadModel(options: object): Promise<PeerModel & { dispose(): Promise<void> }> }>;
}

const rounds = 5;
const megabyte = 1_000_000;

const [textFile, ...files] = process.argv.slice(2);
const text = textFile === undefined ? ownSource() : readFileSync(textFile, 'utf8').slice(0, megabyte);
const entry = await peerLibrary(longsightHome(), { install: true, offline: false }, new AbortController().signal);
const llama = await ((await import(pathToFileURL(entry).href)) as PeerLibrary).getLlama({
  gpu: false,
  build: 'never',
  logLevel: 'error',
});
process.stdout.write(
  `${text.length} characters; tokens a second: new words, known words (the best of ${rounds} rounds in turns)\n`,
);
for (const file of files.length > 0 ? files : knownVocabularies()) await compare(file);

async function compare(file: string): Promise<void> {
  const { metadata } = await readGguf(file);
  const started = performance.now();
  const own = createTokenizer(tokenizerFromGguf((key) => metadata.get(key)));
  own.encode(' ');
  const startMs = performance.now() - started;
  const peerStarted = performance.now();
  const peer = await llama.loadModel({ modelPath: file, vocabOnly: true });
  const peerStartMs = performance.now() - peerStarted;
  const first = timed(() => own.encode(text));
  const theirs = timed(() => peer.tokenize(text));
  let [best, theirBest] = [first.ms, theirs.ms];
  // In turns, so that a busy moment of the machine hits both.
  for (let round = 1; round < rounds; round += 1) {
    best = Math.min(best, timed(() => own.encode(text)).ms);
    theirBest = Math.min(theirBest, timed(() => peer.tokenize(text)).ms);
  }
  const cold = coldMs(metadata);
  const rate = (ms: number): string => `${((first.ids.length / ms) * 1000).toFixed(0)}/s`;
  const same = first.ids.length === theirs.ids.length && first.ids.every((id, i) => id === theirs.ids[i]);
  process.stdout.write(
    `${path.basename(file)}: ${first.ids.length} tokens, ${same ? 'the same ids' : `${theirs.ids.length} of llama.cpp, not the same`}; ` +
      `ours first ${rate(cold)}, again ${rate(best)}, llama.cpp ${rate(theirBest)}: ${(theirBest / cold).toFixed(1)} and ` +
      `${(theirBest / best).toFixed(1)} times; start ${startMs.toFixed(0)} ms, llama.cpp with reading the file ${peerStartMs.toFixed(0)} ms\n`,
  );
  await peer.dispose();
}

/** With no word known from before, but with compiled code. */
function coldMs(metadata: ReadonlyMap<string, unknown>): number {
  const fresh = createTokenizer(tokenizerFromGguf((key) => metadata.get(key)));
  fresh.encode(' ');
  return timed(() => fresh.encode(text)).ms;
}

function timed(encode: () => readonly number[]): { ids: readonly number[]; ms: number } {
  const started = performance.now();
  const ids = encode();
  return { ids, ms: performance.now() - started };
}

function ownSource(): string {
  const root = path.resolve(import.meta.dirname, '../../src');
  let source = '';
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort())
    if (name.endsWith('.ts')) source += readFileSync(path.join(root, name), 'utf8');
  return source.repeat(Math.ceil(megabyte / source.length)).slice(0, megabyte);
}

function knownVocabularies(): string[] {
  const folder = path.join(longsightHome(), 'test-vocabularies', 'gguf');
  if (!existsSync(folder)) throw new Error('run node test/support/vocabularies.ts first');
  const names = ['gpt-2', 'starcoder', 'deepseek-coder', 'llama-spm', 'llama-bpe', 'qwen2'];
  return names.map((name) => path.join(folder, `${name}.gguf`));
}
