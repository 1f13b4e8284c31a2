import angular from 'angular-eslint';
import prettier from 'eslint-config-prettier';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** A rule that lets the files import only what `allowed` matches, besides their own folder's files. */
function mayImport(files, allowed, ignores = []) {
  const patterns = allowed.map((pattern) => pattern.replaceAll('/', '\\/')).join('|');
  return {
    files,
    ignores: ['**/*.spec.ts', '**/testing/**', ...ignores],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(?!\\.{1,2}\\/|(${patterns || '(?!)'})$)`,
              message: 'See "Who may import whom" in docs/architecture.md.',
            },
          ],
        },
      ],
    },
  };
}

const engineBans = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'Time is passed in (Clock).' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time is passed in (Clock).' },
];
const chance = {
  selector: "MemberExpression[object.name='Math'][property.name='random']",
  message: 'Chance is passed in (Random).',
};
const transitions = {
  selector: 'Literal[value=/transition:\\s*(all|\\*)/]',
  message: 'Name the property that moves; figures never do.',
};
const invented = [
  {
    selector: "LogicalExpression[operator='??'][right.type='Literal'][right.value=0]",
    message: 'Missing is null with a reason, never 0.',
  },
  {
    selector: "LogicalExpression[operator='||'][right.type='Literal'][right.value=0]",
    message: 'Missing is null with a reason, never 0.',
  },
];
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'process', 'console', 'fetch'].map((name) => ({
  name,
  message: 'Engines get time, chance and I/O from outside.',
}));

const engines = [
  'libs/domain/src/**/*.ts',
  'libs/contracts/src/**/*.ts',
  'libs/streaming/src/**/*.ts',
  'libs/quant/src/**/*.ts',
];
const specs = ['**/*.spec.ts', '**/testing/**', '**/test/**', 'apps/web/e2e/**'];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.ziggy/**', '**/.angular/**', '**/coverage/**'] },
  {
    files: ['**/*.ts', '**/*.mjs'],
    extends: [...tseslint.configs.strict, prettier],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver': { node: { extensions: ['.ts'] } },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-extraneous-class': 'off', // Nest modules and Angular components are classes without members.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', chance],
    },
  },
  { files: ['apps/api/src/**/*.ts'], rules: { '@typescript-eslint/consistent-type-imports': 'off' } }, // an injectable's type is a value for Nest
  {
    files: engines,
    ignores: specs,
    rules: {
      'no-restricted-globals': ['error', ...timers],
      'no-restricted-syntax': ['error', chance, ...engineBans],
    },
  },
  // Numeric loops index inside the bounds they have just computed; a check per element would be the cost of the loop.
  {
    files: [...specs, 'libs/quant/src/**/*.ts', 'libs/quant/test/**/*.ts', 'tools/bench/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  mayImport(['libs/domain/src/**/*.ts'], []),
  mayImport(['libs/contracts/src/**/*.ts'], ['@ziggy/domain', 'zod']),
  mayImport(['libs/streaming/src/**/*.ts'], ['@ziggy/domain', '@ziggy/contracts']),
  mayImport(['libs/quant/src/**/*.ts'], ['@ziggy/domain', '@ziggy/contracts']),
  mayImport(['libs/stream-client/src/**/*.ts'], ['@ziggy/domain', '@ziggy/contracts', 'rxjs']),
  mayImport(
    ['libs/market-sources/src/**/*.ts'],
    ['@ziggy/domain', '@ziggy/contracts', 'rxjs', 'node:.+'],
    ['libs/market-sources/src/yahoo/client.ts'],
  ),
  mayImport(
    ['libs/market-sources/src/yahoo/client.ts'],
    ['@ziggy/domain', '@ziggy/contracts', 'rxjs', 'node:.+', 'yahoo-finance2.*'],
  ),
  mayImport(
    ['libs/ui/src/**/*.ts'],
    [
      '@ziggy/domain',
      '@ziggy/ui',
      '@angular/(core|common|forms|platform-browser)(/.*)?',
      '@angular/cdk/(?!drag-drop).+',
    ],
    [
      'libs/ui/src/arrange/**',
      'libs/ui/src/candles/**',
      'libs/ui/src/grid/**',
      'libs/ui/src/analytics/**',
      'libs/ui/src/qr/**',
    ],
  ),
  mayImport(['libs/ui/src/arrange/**/*.ts'], ['@ziggy/ui', '@angular/.+']),
  mayImport(['libs/ui/src/candles/**/*.ts'], ['@ziggy/domain', '@ziggy/ui', '@angular/.+', 'lightweight-charts']),
  mayImport(['libs/ui/src/analytics/**/*.ts'], ['@ziggy/domain', '@ziggy/ui', '@angular/.+', 'echarts/.+']),
  mayImport(['libs/ui/src/qr/**/*.ts'], ['@ziggy/ui', '@angular/.+', 'uqr']),
  mayImport(['libs/ui/src/grid/**/*.ts'], ['@ziggy/domain', '@ziggy/ui', '@angular/.+', 'ag-grid-community']),
  mayImport(
    ['apps/web/src/**/*.ts'],
    ['@ziggy/(domain|contracts|stream-client|ui)(/.*)?', '@angular/.+', 'rxjs(/.*)?'],
  ),
  {
    files: ['apps/api/src/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(@ziggy/(ui|stream-client|web)|@angular/|yahoo-finance2)',
              message: 'The API speaks to sources through the port.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['apps/web/src/**/*.ts', 'libs/ui/src/**/*.ts'],
    extends: [...angular.configs.tsRecommended],
    processor: angular.processInlineTemplates,
    rules: {
      '@angular-eslint/component-selector': ['error', { type: 'element', prefix: ['z', 'app'], style: 'kebab-case' }],
      '@angular-eslint/directive-selector': ['error', { type: 'attribute', prefix: ['z', 'app'], style: 'camelCase' }],
      '@angular-eslint/prefer-on-push-component-change-detection': 'off', // OnPush is the default from Angular 22 on.
      'no-restricted-syntax': ['error', chance, transitions, ...invented],
    },
  },
  {
    files: ['apps/web/src/**/*.ts'],
    ignores: ['**/*.store.ts', '**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        chance,
        transitions,
        ...invented,
        {
          selector: "CallExpression[callee.property.name='subscribe']",
          message: 'Only a store may subscribe (portal: the one seam).',
        },
      ],
    },
  },
  {
    files: ['apps/web/src/**/*.html', 'libs/ui/src/**/*.html'],
    extends: [...angular.configs.templateRecommended, ...angular.configs.templateAccessibility],
    rules: {
      // A rail item writes its own content from its label.
      '@angular-eslint/template/elements-content': ['error', { allowList: ['label'] }],
    },
  },
);
