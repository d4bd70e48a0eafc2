/** package.json's part for VS Code, put together from the typed ids: menus, views, keys, settings, the walkthrough, and their words. */
import {
  type CommandId,
  type SettingId,
  category,
  colours,
  commands,
  engineAvailable,
  commentController,
  settings,
  summaryScheme,
  views,
  walkthrough,
} from '../src/protocol/contributions.ts';

export interface Manifest {
  /** Top-level keys of package.json that are generated. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** package.nls.json. */
  readonly words: Readonly<Record<string, string>>;
}

interface MenuItem {
  readonly command: CommandId;
  readonly when?: string;
  readonly group?: string;
}

/** What is paused or goes on is known only of an engine that runs. */
const running = "longsight.engine == 'ready'";

const menus: Readonly<Record<string, readonly MenuItem[]>> = {
  'view/title': [
    { command: 'longsight.newQuestion', when: `view == ${views.ask}`, group: 'navigation@1' },
    { command: 'longsight.showConversations', when: `view == ${views.ask}`, group: 'navigation@2' },
    { command: 'longsight.summarizeRepository', when: `view == ${views.ask}`, group: '1_ask@1' },
    { command: 'longsight.openSummary', when: `view == ${views.ask}`, group: '1_ask@2' },
    { command: 'longsight.openWalkthrough', when: `view == ${views.ask}`, group: '9_help@1' },
    { command: 'longsight.showLog', when: `view == ${views.ask}`, group: '9_help@2' },
    {
      command: 'longsight.pauseIndexing',
      when: `view == ${views.index} && ${running} && !longsight.paused`,
      group: 'navigation@1',
    },
    {
      command: 'longsight.resumeIndexing',
      when: `view == ${views.index} && ${running} && longsight.paused`,
      group: 'navigation@1',
    },
    { command: 'longsight.rebuildIndex', when: `view == ${views.index}`, group: 'navigation@2' },
    { command: 'longsight.selectModel', when: `view == ${views.index}`, group: '1_model@1' },
    { command: 'longsight.getModel', when: `view == ${views.index}`, group: '1_model@2' },
    { command: 'longsight.importModel', when: `view == ${views.index}`, group: '1_model@3' },
    {
      command: 'longsight.setServerKey',
      when: `view == ${views.index} && longsight.hasServer`,
      group: '1_model@4',
    },
    { command: 'longsight.showSkippedFiles', when: `view == ${views.index}`, group: '2_index@1' },
    { command: 'longsight.clearIndex', when: `view == ${views.index}`, group: '2_index@2' },
    { command: 'longsight.restartEngine', when: `view == ${views.index}`, group: '9_help@1' },
    { command: 'longsight.showLog', when: `view == ${views.index}`, group: '9_help@2' },
  ],
  'editor/context': [
    { command: 'longsight.explain', when: `resourceScheme == file && ${engineAvailable}`, group: '1_longsight@1' },
    { command: 'longsight.attach', when: `resourceScheme == file && ${engineAvailable}`, group: '1_longsight@2' },
  ],
  'editor/title': [
    {
      command: 'longsight.saveSummaryAs',
      when: `activeWebviewPanelId == 'markdown.preview' && longsight.hasSummary`,
      group: '9_longsight@1',
    },
    {
      command: 'longsight.refreshSummary',
      when: `activeWebviewPanelId == 'markdown.preview' && longsight.hasSummary`,
      group: '9_longsight@2',
    },
    { command: 'longsight.saveSummaryAs', when: `resourceScheme == ${summaryScheme}`, group: 'navigation@1' },
  ],
  'explorer/context': [
    {
      command: 'longsight.attach',
      when: `!explorerResourceIsFolder && resourceScheme == file && ${engineAvailable}`,
      group: '6_longsight@0',
    },
    {
      command: 'longsight.summarizeFolder',
      when: `explorerResourceIsFolder && resourceScheme == file && ${engineAvailable}`,
      group: '6_longsight@1',
    },
    {
      command: 'longsight.why',
      when: `!explorerResourceIsFolder && resourceScheme == file && ${engineAvailable}`,
      group: '6_longsight@2',
    },
  ],
  'comments/commentThread/title': [
    {
      command: 'longsight.stopExplanation',
      when: `commentController == ${commentController} && commentThread == running`,
      group: 'navigation@1',
    },
    {
      command: 'longsight.refreshExplanation',
      when: `commentController == ${commentController} && commentThread =~ /^(stale|fresh)$/`,
      group: 'navigation@1',
    },
    {
      command: 'longsight.deleteExplanation',
      when: `commentController == ${commentController}`,
      group: 'navigation@2',
    },
  ],
  'comments/commentThread/context': [
    { command: 'longsight.askFurther', when: `commentController == ${commentController}`, group: 'inline' },
  ],
};

// Chords, because Ctrl+Alt writes characters on many keyboards; a test holds them against VS Code's own keys.
const keybindings = [
  {
    command: 'longsight.explain' satisfies CommandId,
    key: 'ctrl+k x',
    mac: 'cmd+k x',
    when: `editorTextFocus && ${engineAvailable}`,
  },
  {
    command: 'longsight.ask' satisfies CommandId,
    key: 'ctrl+k a',
    mac: 'cmd+k a',
    // In a terminal macOS has Cmd+K clear it; a chord that begins so would wait for a second key.
    when: 'workspaceFolderCount > 0 && !terminalFocus',
  },
];

const walkthroughSteps = [
  {
    id: 'model',
    title: 'Choose a model',
    description:
      'A model runs on this machine and is downloaded once. The list shows size, memory and licence; a small one quotes the code, a larger one writes about it.\n[Choose a Model](command:longsight.getModel)\nWithout a model the evidence alone is the answer.',
    image: 'media/walkthrough-model.svg',
    alt: 'A list of models with their size, memory and licence',
    completionEvents: ['onContext:longsight.hasModel'],
  },
  {
    id: 'index',
    title: 'Let it index',
    description:
      'Files, symbols and words are read in the background, in a process of their own. Questions can be asked at once, and say how complete the index was.\n[Show Index & Model](command:longsight.indexView.focus)',
    image: 'media/walkthrough-index.svg',
    alt: 'The Index & Model view with the files indexed and skipped',
    completionEvents: ['onView:longsight.indexView'],
  },
  {
    id: 'ask',
    title: 'Ask',
    description:
      'Ask about the whole repository: the exact lines come first, then the answer, and every number in it opens what it rests on.\n[Ask a Question](command:longsight.ask)\nTo explain code beside itself, select it and run "Explain with Longsight".',
    image: 'media/walkthrough-ask.svg',
    alt: 'A question in the side bar, evidence cards beneath it, and an answer with numbered citations',
    completionEvents: ['onCommand:longsight.ask'],
  },
] as const;

const colour = (id: string, description: string, dark: string, light: string, highContrast: string): object => ({
  id,
  description,
  defaults: { dark, light, highContrast, highContrastLight: highContrast },
});

/** Builds the generated part; every text of it is a key of package.nls.json. */
export function buildManifest(): Manifest {
  const words: Record<string, string> = {};
  const say = (key: string, text: string): string => {
    words[key] = text;
    return `%${key}%`;
  };
  const short = (id: string): string => id.replace(/^longsight\./, '');

  const contributes = {
    commands: Object.entries(commands).map(([id, entry]) => ({
      command: id,
      title: say(`command.${short(id)}`, entry.title),
      category,
      ...('icon' in entry ? { icon: entry.icon } : {}),
      ...('enablement' in entry ? { enablement: entry.enablement } : {}),
    })),
    menus: {
      commandPalette: Object.entries(commands).flatMap(([id, entry]) =>
        'palette' in entry ? [{ command: id, when: 'false' }] : [],
      ),
      ...menus,
    },
    keybindings,
    viewsContainers: { activitybar: [{ id: views.container, title: 'Longsight', icon: 'media/longsight.svg' }] },
    views: {
      [views.container]: [
        {
          id: views.ask,
          name: say('view.ask', 'Ask'),
          type: 'webview',
          icon: 'media/longsight.svg',
          contextualTitle: 'Longsight',
          initialSize: 4,
        },
        {
          id: views.index,
          name: say('view.index', 'Index & Model'),
          icon: 'media/longsight.svg',
          contextualTitle: 'Longsight',
          initialSize: 1,
          visibility: 'collapsed',
        },
      ],
    },
    viewsWelcome: [
      {
        view: views.index,
        when: "longsight.engine == 'none' && workspaceFolderCount == 0",
        contents: say(
          'welcome.noFolder',
          'Open the folder of a repository to see its index.\n[Open Folder](command:workbench.action.files.openFolder)',
        ),
      },
      {
        view: views.index,
        when: "longsight.engine == 'none' && workspaceFolderCount > 0",
        contents: say(
          'welcome.virtual',
          'Virtual folders are not supported: Longsight reads files on the machine where it runs.',
        ),
      },
      {
        view: views.index,
        when: "longsight.engine == 'failed'",
        contents: say(
          'welcome.failed',
          'The engine is not running.\n[Restart Engine](command:longsight.restartEngine)\n[Show Log](command:longsight.showLog)',
        ),
      },
    ],
    configuration: {
      title: 'Longsight',
      properties: Object.fromEntries(
        Object.entries(settings).map(([id, entry], i) => [
          id,
          {
            type: entry.type,
            ...(entry.type === 'array' ? { items: { type: 'string' } } : {}),
            default: entry.default,
            scope: entry.scope,
            order: i,
            ...('values' in entry ? { enum: entry.values } : {}),
            ...('minimum' in entry ? { minimum: entry.minimum } : {}),
            ...('maximum' in entry ? { maximum: entry.maximum } : {}),
            markdownDescription: say(`setting.${short(id)}`, entry.description),
          },
        ]),
      ),
    },
    // VS Code would open its Comments panel over half the editor for the first explanation of a window.
    configurationDefaults: { 'comments.openView': 'never' },
    colors: [
      colour(
        colours.highlight,
        say('colour.highlight', 'Background of the lines that a citation opened.'),
        '#3a7bd544',
        '#3a7bd533',
        '#00000000',
      ),
      colour(
        colours.fading,
        say('colour.fading', 'Background of the lines that a citation opened, while it fades.'),
        '#3a7bd51f',
        '#3a7bd517',
        '#00000000',
      ),
    ],
    walkthroughs: [
      {
        id: walkthrough,
        title: say('walkthrough.title', 'Get Started with Longsight'),
        description: say('walkthrough.description', 'Ask about a whole repository with a model on your own machine.'),
        steps: walkthroughSteps.map(({ id, title, description, image, alt, completionEvents }) => ({
          id,
          title: say(`walkthrough.${id}.title`, title),
          description: say(`walkthrough.${id}.description`, description),
          media: { svg: image, altText: say(`walkthrough.${id}.alt`, alt) },
          completionEvents,
        })),
      },
    ],
  };

  const restricted = (Object.entries(settings) as [SettingId, (typeof settings)[SettingId]][])
    .filter(([, entry]) => entry.restricted === true)
    .map(([id]) => id);
  return {
    fields: {
      main: './dist/extension.cjs',
      icon: 'media/icon.png',
      l10n: './l10n',
      categories: ['AI', 'Chat', 'Programming Languages', 'Other'],
      keywords: ['code search', 'local', 'offline', 'explain', 'summary'],
      extensionKind: ['workspace'],
      // A preview that VS Code opens again may be of a summary, which is ours to give.
      activationEvents: ['onStartupFinished', 'onWebviewPanel:markdown.preview'],
      capabilities: {
        untrustedWorkspaces: {
          supported: 'limited',
          restrictedConfigurations: restricted,
          description: say(
            'trust.limited',
            'Indexing and searching work. No setting of the workspace can name a program, an address or a model file until you trust it.',
          ),
        },
        virtualWorkspaces: {
          supported: false,
          description: say(
            'trust.virtual',
            'Longsight reads files on the machine where it runs; virtual folders have none.',
          ),
        },
      },
      contributes,
    },
    words,
  };
}
