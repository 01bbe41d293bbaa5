import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const rawViews = [
  'Int8Array',
  'Uint8Array',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
];

export default defineConfig(
  { ignores: ['dist/', '.build/', 'coverage/'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.tools.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
  {
    // The seam where the model checker steps in: views come from core/views.ts alone, and nobody captures Atomics.
    files: ['src/**/*.ts'],
    ignores: ['src/core/views.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...rawViews.map((name) => ({
          selector: `NewExpression[callee.name='${name}']`,
          message: 'Views over memory come from core/views.ts.',
        })),
        {
          selector:
            "VariableDeclarator[init.name='Atomics'], VariableDeclarator > MemberExpression[object.name='Atomics']",
          message: 'Call Atomics.x where it is used; never capture it.',
        },
      ],
      'no-restricted-imports': ['error', { patterns: ['node:*'] }],
    },
  },
);
