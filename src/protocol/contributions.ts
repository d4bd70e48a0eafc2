/** Every id the extension contributes to VS Code, with its words, defaults and scopes: package.json is generated from here, so ids cannot drift. */

import { type Effort, effortSeconds, efforts } from './effort.ts';
import { type UnsupportedSentences, unsupportedSentences } from './unsupported.ts';
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

/** The engine runs, is being started, or starts when it is needed: a command waits for it. */
export const engineAvailable = 'longsight.engine =~ /^(ready|idle|connecting)$/';

export const commands = {
  'longsight.ask': { title: 'Ask…', icon: '$(comment-discussion)', enablement: 'workspaceFolderCount > 0' },
  'longsight.newQuestion': { title: 'New Question', icon: '$(add)', enablement: 'longsight.hasHistory' },
  'longsight.showConversations': {
    title: 'Show Conversations…',
    icon: '$(history)',
    enablement: 'longsight.hasConversations',
  },
  'longsight.attach': { title: 'Add to Question', icon: '$(mention)', enablement: engineAvailable },
  'longsight.stop': { title: 'Stop', icon: '$(debug-stop)', enablement: 'longsight.answering' },
  'longsight.explain': {
    title: 'Explain with Longsight',
    icon: '$(comment)',
    enablement: `editorIsOpen && ${engineAvailable}`,
  },
  'longsight.summarizeRepository': { title: 'Summarize Repository', icon: '$(book)', enablement: engineAvailable },
  'longsight.summarizeFolder': {
    title: 'Summarize Folder',
    icon: '$(book)',
    enablement: engineAvailable,
    palette: false,
  },
  'longsight.openSummary': { title: 'Open Summary…', icon: '$(book)', enablement: 'longsight.hasSummary' },
  'longsight.saveSummaryAs': { title: 'Save Summary As…', icon: '$(save-as)', enablement: 'longsight.hasSummary' },
  'longsight.refreshSummary': {
    title: 'Refresh Summary',
    icon: '$(refresh)',
    enablement: `longsight.hasSummary && ${engineAvailable}`,
  },
  'longsight.refreshExplanation': {
    title: 'Refresh Explanation',
    icon: '$(refresh)',
    enablement: engineAvailable,
    palette: false,
  },
  'longsight.deleteExplanation': { title: 'Delete Explanation', icon: '$(trash)', palette: false },
  'longsight.stopExplanation': { title: 'Stop Explaining', icon: '$(debug-stop)', palette: false },
  'longsight.askFurther': { title: 'Ask Further', enablement: `${engineAvailable} && !commentIsEmpty`, palette: false },
  'longsight.rebuildIndex': { title: 'Rebuild Index', icon: '$(refresh)', enablement: engineAvailable },
  'longsight.pauseIndexing': {
    title: 'Pause Indexing',
    icon: '$(debug-pause)',
    enablement: `${engineAvailable} && !longsight.paused`,
  },
  'longsight.resumeIndexing': {
    title: 'Resume Indexing',
    icon: '$(debug-start)',
    enablement: `${engineAvailable} && longsight.paused`,
  },
  'longsight.clearIndex': { title: 'Clear Index…', icon: '$(clear-all)', enablement: engineAvailable },
  'longsight.showSkippedFiles': { title: 'Show Skipped Files…', enablement: engineAvailable },
  'longsight.why': { title: 'Why Is This File Indexed or Not?', enablement: engineAvailable },
  'longsight.getModel': { title: 'Get Model…', icon: '$(cloud-download)', enablement: engineAvailable },
  'longsight.selectModel': { title: 'Select Model…', icon: '$(chip)', enablement: engineAvailable },
  'longsight.getEmbedder': { title: 'Get Model for Search…', icon: '$(symbol-array)', enablement: engineAvailable },
  'longsight.testModel': {
    title: 'Test Whether the Model May Write',
    icon: '$(beaker)',
    enablement: `${engineAvailable} && longsight.hasModel`,
  },
  'longsight.tryProviders': {
    title: 'Try Graphics Processor Again',
    icon: '$(circuit-board)',
    enablement: engineAvailable,
  },
  'longsight.setServerKey': { title: 'Set Server Key…', icon: '$(key)', enablement: 'longsight.hasServer' },
  'longsight.clearServerKey': { title: 'Clear Server Key', enablement: 'longsight.hasServer' },
  'longsight.importModel': { title: 'Import Model…', icon: '$(file-add)', enablement: engineAvailable },
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
  /** The state of the engine; `none` without a folder. */
  'longsight.engine': 'none' | 'idle' | 'connecting' | 'ready' | 'failed';
  'longsight.paused': boolean;
  'longsight.answering': boolean;
  'longsight.hasModel': boolean;
  'longsight.hasHistory': boolean;
  /** Some conversation is kept. */
  'longsight.hasConversations': boolean;
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

const indexStarts = ['onFirstUse', 'onOpen'] as const;
export type IndexStart = (typeof indexStarts)[number];

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
  'longsight.server.enabled': setting<boolean>({
    type: 'boolean',
    default: true,
    scope: 'machine',
    restricted: true,
    description:
      'Whether the model server answers. `Longsight: Select Model…` sets it: a model on this machine turns the server off and keeps its address, the server turns it on.',
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
  'longsight.effort': setting<Effort>({
    type: 'string',
    default: 'normal',
    values: efforts,
    scope: 'resource',
    description: `How long the model may take to the first word of an answer: ${efforts.map((effort) => `\`${effort}\` ${String(effortSeconds[effort])} seconds`).join(', ')}. How much code it reads follows from this and from its measured speed on this machine.`,
  }),
  'longsight.answers.unsupported': setting<UnsupportedSentences>({
    type: 'string',
    default: 'mark',
    values: unsupportedSentences,
    scope: 'resource',
    description:
      'What becomes of a sentence of an answer that nothing read supports, after it was written a second time: `mark` shows it with a mark, `drop` leaves it out.',
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
  'longsight.index.start': setting<IndexStart>({
    type: 'string',
    default: 'onFirstUse',
    values: indexStarts,
    scope: 'machine',
    description:
      'When a window begins to index its folders: `onFirstUse` when its Longsight view is shown or one of its commands is run, `onOpen` with every window that is opened.',
  }),
  'longsight.index.include': setting<readonly string[]>({
    type: 'array',
    default: [],
    scope: 'resource',
    description:
      'Glob patterns of files to index although Git ignores them, such as `vendor/**`. Kept with the index of the repository.',
  }),
  'longsight.index.exclude': setting<readonly string[]>({
    type: 'array',
    default: [],
    scope: 'resource',
    description:
      'Glob patterns of files never to index, on top of what Git ignores. Kept with the index of the repository.',
  }),
  'longsight.index.maxFileSize': setting<number>({
    type: 'integer',
    default: 1024,
    minimum: 1,
    maximum: 1_048_576,
    scope: 'resource',
    description:
      'Largest file to index, in KiB. Larger ones are listed as skipped. Kept with the index of the repository.',
  }),
  'longsight.prefixCache.size': setting<number>({
    type: 'integer',
    default: 2048,
    minimum: 0,
    maximum: 1_048_576,
    scope: 'machine',
    description:
      'How much of the disk the keys and values of what a model has read may take, in MiB. A question that continues an earlier one is then read from where the two part, after a restart too. What was not used for longest is removed first; 0 keeps nothing.',
  }),
  'longsight.index.embeddings': setting<boolean>({
    type: 'boolean',
    default: true,
    scope: 'machine',
    description:
      'Sharpen the search with embeddings, computed on this machine. Without them the search uses words and symbols.',
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
