// Import directions of the rooms (ARCHITECTURE.md draws them): a question flows one way, imports only along it.
const reach = {
  base: [],
  protocol: ['base'],
  markdown: ['base'],
  models: ['base', 'protocol'],
  runtime: ['base', 'protocol', 'models'],
  repository: ['base', 'protocol'],
  index: ['base', 'protocol', 'repository', 'runtime'],
  search: ['base', 'protocol', 'index', 'runtime'],
  reading: ['base', 'protocol', 'index', 'runtime'],
  answers: ['base', 'protocol', 'markdown', 'index', 'search', 'reading', 'runtime', 'repository'],
  engine: ['base', 'protocol', 'models', 'runtime', 'repository', 'index', 'search', 'reading', 'answers'],
  cli: ['base', 'protocol', 'engine'],
  extension: ['base', 'protocol', 'markdown'],
};
/** The rooms in src/answers, likewise. */
const answersReach = {
  code: [],
  truth: ['code'],
  evidence: ['code', 'truth'],
  computed: ['code', 'evidence'],
  writing: ['code', 'truth', 'evidence'],
  ask: ['code', 'truth', 'evidence', 'computed', 'writing'],
  explain: ['code', 'truth', 'evidence', 'writing'],
  summarise: ['code', 'truth', 'evidence', 'writing'],
};
/** @type {import('dependency-cruiser').IConfiguration} */
const config = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(reach).map(([room, allowed]) => ({
      name: `${room}-imports-along-the-way`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^(src|webview)/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
    })),
    ...Object.entries(answersReach).map(([room, allowed]) => ({
      name: `answers-${room}-imports-along-the-way`,
      severity: 'error',
      from: { path: `^src/answers/${room}/` },
      to: { path: '^src/answers/[^/]+/', pathNot: `^src/answers/(${[room, ...allowed].join('|')})/` },
    })),
    {
      name: 'webview-knows-only-protocol',
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^src/', pathNot: '^src/(protocol|base)/' },
    },
    {
      name: 'only-the-extension-imports-vscode',
      severity: 'error',
      from: { path: '^(src|webview)/', pathNot: '^src/extension/' },
      to: { path: '(^|/)vscode(/index\\.d\\.ts)?$' },
    },
    { name: 'every-file-has-a-room', severity: 'error', from: { path: '^src/[^/]+$' }, to: {} },
    {
      name: 'no-dev-dependency-in-the-product',
      severity: 'error',
      from: { path: '^(src|webview)/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: ['@types/', '(^|/)vscode(/index\\.d\\.ts)?$'],
      },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^vscode$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
export default config;
