/** A writer of summaries whose sentence depends on what it reads, and a repository for it: what is written again can be counted and checked. */
import type { Decoder } from '../../src/runtime/decoder.ts';
import { scriptedDecoder } from './scripted-decoder.ts';

/** A writer whose sentence depends on what it reads: the last word of its first source. `reads` counts its runs. */
export function readingWriter(onRun: (prompt: string) => void = () => undefined): Decoder {
  const base = scriptedDecoder({});
  return {
    ...base,
    decode: (request, onEvent, signal) => {
      const prompt = request.messages?.map(({ content }) => content).join('\n') ?? '';
      onRun(prompt);
      const source = /<source id="1">\n([^]*?)\n<\/source>/.exec(prompt)?.[1] ?? '';
      return scriptedDecoder({ says: `All that is in this part is about ${lastWord(source)} [1].` }).decode(
        request,
        onEvent,
        signal,
      );
    },
  };
}

export function lastWord(text: string): string {
  return /(\w+)\W*$/.exec(text)?.[1] ?? 'nothing';
}

/** A tree of Python packages: `folders` with `files` each, every file with a docstring and one function. */
export function sources(folders: number, files: number): Record<string, string> {
  const made: Record<string, string> = { 'README.md': '# Ferry\n\nFerry carries parcels between harbours.\n' };
  for (let folder = 0; folder < folders; folder++)
    for (let file = 0; file < files; file++)
      made[`pkg${folder % 4}/part${folder}/module${file}.py`] =
        `"""Keeps the parcels of berth ${folder} ${file}."""\n\n\ndef load_${folder}_${file}(parcel):\n    """Loads one parcel."""\n    return parcel\n`;
  return made;
}
