// The house's rules: strict types, no console, no default exports; the import directions are held by .dependency-cruiser.mjs.
import tseslint from 'typescript-eslint';

const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' };
const noSecondLoader = {
  selector: [
    'ImportDeclaration[source.value=/^onnxruntime-(node|web)/]',
    'ImportExpression[source.value=/^onnxruntime-(node|web)/]',
    'ExportNamedDeclaration[source.value=/^onnxruntime-(node|web)/]',
    'ExportAllDeclaration[source.value=/^onnxruntime-(node|web)/]',
    'CallExpression[arguments.0.value=/^onnxruntime-(node|web)$/]',
  ].join(', '),
  message: 'Import src/runtime/onnxruntime.ts: it loads the library with its telemetry off.',
};

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'node_modules/', 'tools/node/', 'test/fixtures/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', noDefaultExport, noSecondLoader],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/unified-signatures': 'off',
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], rules: { 'no-restricted-syntax': ['error', noSecondLoader] } },
  { files: ['src/runtime/onnxruntime.ts'], rules: { 'no-restricted-syntax': ['error', noDefaultExport] } },
  {
    // Text of repositories and models must not steer a terminal: output.ts is the one place that writes to it.
    files: ['src/**/*.ts'],
    ignores: [
      'src/cli/output.ts',
      // Their streams are pipes of ours: to the extension's log, and to the engine.
      'src/engine/main.ts',
      'src/runtime/providers/provider-probe.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'stdout', message: 'Write through src/cli/output.ts.' },
        { object: 'process', property: 'stderr', message: 'Write through src/cli/output.ts.' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // node:test's describe and it return promises that the runner awaits.
      '@typescript-eslint/no-floating-promises': 'off',
    },
  },
);
