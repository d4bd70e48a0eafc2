/** Every id the extension contributes to VS Code, with its words, defaults and scopes: package.json is generated from here, so ids cannot drift. */

import { type ProviderChoice, providerChoices } from './providers.ts';

/** The prefix of every id. */
export const category = 'Longsight';

interface CommandEntry {
  /** Title case, as the command palette shows it behind the category. */
  readonly title: string;
  /** A codicon for toolbars. */
  readonly icon?: string;
  /** When the command can work at all. */
  readonly enablement?: string;
  /** False keeps it out of the command palette: it needs an argument that only a menu or a link gives. */
  readonly palette?: false;
}

const ready = "longsight.engine == 'ready'";

export const commands = {
  'longsight.ask': { title: 'Ask…', icon: '$(comment-discussion)', enablement: 'workspaceFolderCount > 0' },
  'longsight.newQuestion': { title: 'New Question', icon: '$(add)', enablement: 'longsight.hasHistory' },
  'longsight.stop': { title: 'Stop', icon: '$(debug-stop)', enablement: 'longsight.answering' },
  'longsight.explain': { title: 'Explain with Longsight', icon: '$(comment)', enablement: `editorIsOpen && ${ready}` },
  'longsight.summarizeRepository': { title: 'Summarize Repository', icon: '$(book)', enablement: ready },
  'longsight.summarizeFolder': { title: 'Summarize Folder', icon: '$(book)', enablement: ready, palette: false },
  'longsight.saveSummaryAs': { title: 'Save Summary As…', icon: '$(save-as)', enablement: 'longsight.hasSummary' },
  'longsight.refreshSummary': {
    title: 'Refresh Summary',
    icon: '$(refresh)',
    enablement: `longsight.hasSummary && ${ready}`,
  },
  'longsight.refreshExplanation': {
    title: 'Refresh Explanation',
    icon: '$(refresh)',
    enablement: ready,
    palette: false,
  },
  'longsight.deleteExplanation': { title: 'Delete Explanation', icon: '$(trash)', palette: false },
  'longsight.stopExplanation': { title: 'Stop Explaining', icon: '$(debug-stop)', palette: false },
  'longsight.askFurther': { title: 'Ask Further', enablement: `${ready} && !commentIsEmpty`, palette: false },
  'longsight.rebuildIndex': { title: 'Rebuild Index', icon: '$(refresh)', enablement: ready },
  'longsight.pauseIndexing': {
    title: 'Pause Indexing',
    icon: '$(debug-pause)',
    enablement: `${ready} && !longsight.paused`,
  },
  'longsight.resumeIndexing': {
    title: 'Resume Indexing',
    icon: '$(debug-start)',
    enablement: `${ready} && longsight.paused`,
  },
  'longsight.clearIndex': { title: 'Clear Index…', icon: '$(clear-all)', enablement: ready },
  'longsight.showSkippedFiles': { title: 'Show Skipped Files…', enablement: ready },
  'longsight.why': { title: 'Why Is This File Indexed or Not?', enablement: ready },
  'longsight.getModel': { title: 'Get Model…', icon: '$(cloud-download)', enablement: ready },
  'longsight.selectModel': { title: 'Select Model…', icon: '$(chip)', enablement: ready },
  'longsight.tryProviders': { title: 'Try Graphics Processor Again', icon: '$(circuit-board)', enablement: ready },
  'longsight.setServerKey': { title: 'Set Server Key…', icon: '$(key)', enablement: 'longsight.hasServer' },
  'longsight.clearServerKey': { title: 'Clear Server Key', enablement: 'longsight.hasServer' },
  'longsight.importModel': { title: 'Import Model…', icon: '$(file-add)', enablement: ready },
  'longsight.selectRepository': {
    title: 'Select Repository…',
    icon: '$(repo)',
    enablement: 'workspaceFolderCount > 1',
  },
  'longsight.restartEngine': {
    title: 'Restart Engine',
    icon: '$(debug-restart)',
    enablement: "workspaceFolderCount > 0 && longsight.engine != 'none'",
  },
  'longsight.showLog': { title: 'Show Log', icon: '$(output)' },
  'longsight.showActions': { title: 'Show Actions…' },
  'longsight.openWalkthrough': { title: 'Open Walkthrough' },
  'longsight.openCitation': { title: 'Open Citation', palette: false },
} as const satisfies Record<string, CommandEntry>;

export type CommandId = keyof typeof commands;

export const views = {
  container: 'longsight',
  ask: 'longsight.askView',
  index: 'longsight.indexView',
} as const;

/** Context keys that when clauses read and the extension sets. */
export interface ContextKeys {
  /** Where the engine's life stands; `none` without a folder. */
  'longsight.engine': 'none' | 'connecting' | 'ready' | 'failed';
  'longsight.paused': boolean;
  'longsight.answering': boolean;
  'longsight.hasModel': boolean;
  'longsight.hasHistory': boolean;
  'longsight.hasSummary': boolean;
  /** The model that is set runs on a server. */
  'longsight.hasServer': boolean;
}

type Scope = 'machine' | 'resource' | 'application';

interface SettingEntry<T> {
  readonly type: 'string' | 'integer' | 'boolean' | 'array';
  readonly default: T;
  readonly scope: Scope;
  readonly description: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** The only ones there are. */
  readonly values?: readonly T[];
  /** Not read from an untrusted workspace's own settings. */
  readonly restricted?: true;
}

const setting = <T>(entry: SettingEntry<T>): SettingEntry<T> => entry;

export const settings = {
  'longsight.model': setting<string>({
    type: 'string',
    default: '',
    scope: 'machine',
    restricted: true,
    description:
      'The model that answers: an id of the catalogue, the path of a GGUF file, or a server’s address. Empty takes the first one that is on this machine. `Longsight: Select Model…` sets it.',
  }),
  'longsight.server.url': setting<string>({
    type: 'string',
    default: '',
    scope: 'machine',
    restricted: true,
    description:
      'Address of a model server that answers in place of a model on this machine, such as `http://localhost:8080/v1`: llama.cpp, Ollama, vLLM, SGLang or another with the interface of OpenAI. Before code goes to another machine you are asked once. Its key is set by `Longsight: Set Server Key…`.',
  }),
  'longsight.server.model': setting<string>({
    type: 'string',
    default: '',
    scope: 'machine',
    restricted: true,
    description: 'Name of the model on the server. Empty takes the only one it has.',
  }),
  'longsight.server.contextLength': setting<number>({
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: 10_000_000,
    scope: 'machine',
    description:
      'The most tokens of the server’s context that are used, and its size where the server does not say it; for Ollama also the size that is asked for. 0 takes what the server says.',
  }),
  'longsight.server.connectTimeout': setting<number>({
    type: 'integer',
    default: 10,
    minimum: 1,
    maximum: 600,
    scope: 'machine',
    description: 'Seconds that connecting to the server may take.',
  }),
  'longsight.server.firstTokenTimeout': setting<number>({
    type: 'integer',
    default: 300,
    minimum: 1,
    maximum: 86_400,
    scope: 'machine',
    description:
      'Seconds until the first word from the server: it loads the model and reads the whole prompt in this time.',
  }),
  'longsight.server.stallTimeout': setting<number>({
    type: 'integer',
    default: 60,
    minimum: 1,
    maximum: 86_400,
    scope: 'machine',
    description: 'Seconds without anything from the server in the middle of an answer.',
  }),
  'longsight.dataFolder': setting<string>({
    type: 'string',
    default: '',
    scope: 'machine',
    restricted: true,
    description:
      'Absolute path of the folder that holds models and indexes. Empty takes the cache folder of the platform.',
  }),
  'longsight.threads': setting<number>({
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: 256,
    scope: 'machine',
    description: 'Processor threads that the model may use; 0 chooses by the machine.',
  }),
  'longsight.provider': setting<ProviderChoice>({
    type: 'string',
    default: 'auto',
    values: providerChoices,
    scope: 'machine',
    description:
      'What computes the model: `auto` takes the fastest that works on this machine, measured once; `cpu` is the processor, `webgpu` the graphics processor, `dml`, `coreml` and `cuda` other ways to it where the platform has them. One that does not work, or that took the engine down, is not used, and the processor takes over.',
  }),
  'longsight.offline': setting<boolean>({
    type: 'boolean',
    default: false,
    scope: 'machine',
    description: 'Never open a network connection, not even to get a model.',
  }),
  'longsight.index.include': setting<readonly string[]>({
    type: 'array',
    default: [],
    scope: 'resource',
    description: 'Glob patterns of files to index although Git ignores them, such as `vendor/**`.',
  }),
  'longsight.index.exclude': setting<readonly string[]>({
    type: 'array',
    default: [],
    scope: 'resource',
    description: 'Glob patterns of files never to index, on top of what Git ignores.',
  }),
  'longsight.index.maxFileSize': setting<number>({
    type: 'integer',
    default: 2048,
    minimum: 1,
    maximum: 1_048_576,
    scope: 'resource',
    description: 'Largest file to index, in KiB. Larger ones are listed as skipped.',
  }),
  'longsight.index.embeddings': setting<boolean>({
    type: 'boolean',
    default: true,
    scope: 'machine',
    description:
      'Sharpen the search with embeddings, computed on this machine. Without them the search goes by words and symbols.',
  }),
} as const;

export type SettingId = keyof typeof settings;
export type SettingValue<K extends SettingId> = (typeof settings)[K]['default'];

/** Documents that a content provider of ours writes. */
export const summaryScheme = 'longsight-summary';
export const listScheme = 'longsight-list';

export const walkthrough = 'longsight.start';
export const commentController = 'longsight.explanations';

/** Colours of the lines a citation opens: first strong, then fading. */
export const colours = {
  highlight: 'longsight.citationHighlight',
  fading: 'longsight.citationHighlightFading',
} as const;
