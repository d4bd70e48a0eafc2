/**
 * How a decoder takes and gives text: its tokenizer and its chat template, from the metadata of a GGUF file or from the files
 * that lie beside safetensors (tokenizer.json, tokenizer_config.json, generation_config.json, chat_template.jinja).
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { fault } from '../base/errors.ts';
import { say } from '../base/sentences.ts';
import { UnusableJson, maxJsonBytes, readJsonFile } from './json-file.ts';
import type { ModelFile } from './model-file.ts';
import { hasCode } from './store/storage-faults.ts';
import type { TokenizerDefinition } from './tokenizer/definition.ts';
import { tokenizerFromGguf } from './tokenizer/from-gguf.ts';
import { tokenizerFromJson } from './tokenizer/from-json.ts';
import { idsOnly } from './tokenizer/ids-only.ts';

export interface ModelTexts {
  readonly tokenizer: TokenizerDefinition;
  /** Jinja; undefined when the model brings none. */
  readonly template: string | undefined;
  /** False for a model without a tokenizer, which only takes ids. */
  readonly takesText: boolean;
  /** The architecture as the model names it, by which a template is chosen where nothing else tells. */
  readonly architecture: string | undefined;
}

const token = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish();
const namedTemplate = z.looseObject({ name: z.string(), template: z.string() });
const tokenizerConfig = z.looseObject({
  bos_token: token,
  eos_token: token,
  chat_template: z.union([z.string(), z.array(namedTemplate)]).nullish(),
});
const id = z.int().nonnegative();
const generationConfig = z.looseObject({ eos_token_id: z.union([id, z.array(id)]).nullish() });

/** @throws LS2021 when the tokenizer is damaged or of a kind that is not supported, LS2009 when another of the files is damaged */
export async function readModelTexts(
  file: Pick<ModelFile, 'format' | 'folder' | 'metadata' | 'config'>,
): Promise<ModelTexts> {
  const named = file.metadata.get('general.architecture') ?? file.config?.model_type;
  const architecture = typeof named === 'string' ? named : undefined;
  if (file.format === 'gguf') {
    const template = file.metadata.get('tokenizer.chat_template');
    return {
      tokenizer: tokenizerFromGguf((key) => file.metadata.get(key)),
      template: typeof template === 'string' ? template : undefined,
      takesText: true,
      architecture,
    };
  }
  const within = (name: string): string => path.join(file.folder, name);
  const text = await readText(within('tokenizer.json'));
  if (text === null) return { ...withoutTokenizer(file), template: undefined, takesText: false, architecture };
  const config = await readConfig(within('tokenizer_config.json'), tokenizerConfig);
  const generation = await readConfig(within('generation_config.json'), generationConfig);
  const definition = tokenizerFromJson(text, {
    ...(config?.eos_token ? { ends: [config.eos_token] } : {}),
    begin: config?.bos_token ?? undefined,
  });
  const known = [generation?.eos_token_id ?? []].flat().filter((end) => end < definition.contents.length);
  return {
    tokenizer: { ...definition, endIds: [...new Set([...definition.endIds, ...known])] },
    template: (await readText(within('chat_template.jinja'))) ?? templateOf(config?.chat_template ?? undefined),
    takesText: true,
    architecture,
  };
}

const idsOfConfig = z.looseObject({
  vocab_size: z
    .int()
    .positive()
    .max(1 << 24)
    .catch(0),
  eos_token_id: z
    .union([id, z.array(id)])
    .nullish()
    .catch(null),
});

function withoutTokenizer({ config, folder }: Pick<ModelFile, 'config' | 'folder'>): Pick<ModelTexts, 'tokenizer'> {
  const { vocab_size: count, eos_token_id: ends } = idsOfConfig.parse(config ?? {});
  return { tokenizer: idsOnly(`there is no tokenizer.json in ${folder}`, count, [ends ?? []].flat()) };
}

/** Of several templates the one for plain conversations. */
function templateOf(stated: z.infer<typeof tokenizerConfig>['chat_template']): string | undefined {
  if (!Array.isArray(stated)) return stated ?? undefined;
  return (stated.find(({ name }) => name === 'default') ?? stated[0])?.template;
}

/** null when there is no such file. */
async function readText(name: string): Promise<string | null> {
  try {
    if ((await stat(name)).size > maxJsonBytes)
      throw fault('LS2021', say('{0} is larger than that of any model', name));
    return await readFile(name, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error instanceof Error && 'syscall' in error ? fault('LS2302', `${name} (${error.message})`, error) : error;
  }
}

async function readConfig<T>(name: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(await readJsonFile(name));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    const why = error instanceof UnusableJson ? error.message : 'it is not as such files are';
    throw fault('LS2009', `${name} (${why})`, error);
  }
}
