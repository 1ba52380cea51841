import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Packages whose code reads no clock, no randomness and keeps no state between calls. */
const PURE = ['packet', 'flow', 'topology', 'neutron', 'simulation'];

const clock = 'Time is an argument here: take `now` from the caller.';
const random = 'Randomness is an argument here: take it from the caller.';

export default defineConfig(
  globalIgnores(['**/node_modules/', '.types/', '**/dist/', '.cache/', 'coverage/', '**/*.js', '**/*.mjs']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // `while (true)` with a return inside is how parsers and loops of daemons read best.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // `() => close()` is fine; a promise nobody looks at is not (no-floating-promises stays on).
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Arrays of bytes are indexed behind a bounds check; `!` says so without a branch on the hot path.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // node:test's `test()` returns a promise that the runner owns.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
          ],
        },
      ],
      // `parseId<PortId>(text)`: the parameter names the brand the caller wants.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // A driver that answers at once still implements the asynchronous interface.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      'prefer-const': ['error', { destructuring: 'all' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: PURE.map((name) => `packages/${name}/src/**/*.ts`),
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'Date', message: clock },
        { name: 'performance', message: clock },
        { name: 'crypto', message: random },
      ],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: random }],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'Program > VariableDeclaration[kind!="const"], Program > ExportNamedDeclaration > VariableDeclaration[kind!="const"]',
          message: 'No state between calls: module-level variables are `const`.',
        },
      ],
    },
  },
);
