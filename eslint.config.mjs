// The style of this project where a machine can check it: docs of each rule stand beside it.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import house from './tools/checks/house-rules.mjs';

const TESTS = [
  '**/*.spec.ts',
  '**/*.int-spec.ts',
  '**/*.e2e-spec.ts',
  '**/*.long-spec.ts',
  '**/test/**',
  'test/**',
  '**/testing/**',
  'libs/testing/**',
];
const PURE = ['apps/*/src/domain/**/*.ts', '**/*.project.ts', '**/*.step.ts'];

/** A decision or a fold knows no clock, no chance and no world: the same input gives the same output, for ever. */
const purity = {
  'no-restricted-globals': [
    'error',
    ...[
      'Date',
      'process',
      'crypto',
      'fetch',
      'console',
      'performance',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
      'require',
      'globalThis',
    ].map(name => ({ name, message: 'Pure code is given what it needs: put it into the command.' })),
  ],
  'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Pure code knows no chance.' }],
  'no-restricted-syntax': [
    'error',
    { selector: ':function[async=true], AwaitExpression', message: 'Pure code waits for nothing.' },
    { selector: 'ThrowStatement', message: 'A rejection is a value in a closed union.' },
    { selector: 'ClassDeclaration, ClassExpression', message: 'Pure code is functions over plain values.' },
  ],
};

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'coverage/', '.foldline/'] },
  js.configs.recommended,
  {
    plugins: { house },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'house/names': 'error',
      // Control characters are what input is checked for.
      'no-control-regex': 'off',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // TypeScript knows every name.
      'no-undef': 'off',
      'house/header': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false, attributes: false } },
      ],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      // A new event, command or rejection must be met wherever they are told apart; `default` would hide it.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { allowDefaultCaseForExhaustiveSwitch: false, considerDefaultExhaustiveForUnions: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-empty-object-type': 'off',
    },
  },
  { files: PURE, ignores: TESTS, rules: purity },
  {
    files: TESTS,
    rules: {
      'house/header': 'off',
      'max-lines': 'off',
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name=/^(it|test|describe)$/][property.name='only']",
          message: 'A test that runs alone hides the others.',
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'AbortSignal',
          'module',
          'require',
          '__dirname',
          'Buffer',
          'URL',
          'global',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'TextDecoder',
          'TextEncoder',
          'fetch',
          'Atomics',
          'SharedArrayBuffer',
        ].map(name => [name, 'readonly']),
      ),
    },
    rules: { 'no-console': 'off', 'house/header': 'error' },
  },
  { files: ['tools/**', 'bench/**'], rules: { 'no-console': 'off' } },
);
