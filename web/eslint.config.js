// Mistakes that types do not see. How the sources are laid out is prettier's.
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Which folder may use which: the kit knows no product, and only the frame and the list know all of them. */
const walls = (files, ...patterns) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns }] } });
const noProduct = { group: ['@/products', '@/products/*', '**/products/*'], message: 'The kit knows no product.' };
const noFrame = { group: ['@/shell/*', '**/shell/*', '@/app'], message: 'Only the frame knows the frame.' };
const noPages = {
  group: ['@/products/*/pages/*', '@/products/*/routes'],
  message: 'Another product’s pages are its own: use its api or parts.',
};

export default defineConfig(
  globalIgnores(['dist/', 'src/kit/api/schema.ts', 'src/kit/api/bounds.ts']),
  js.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [
      tseslint.configs.recommendedTypeChecked,
      reactHooks.configs.flat.recommended,
      jsxA11y.flatConfigs.recommended,
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'react-hooks/exhaustive-deps': 'error',
      // What scrolls by itself must be reachable with the keyboard (axe: scrollable-region-focusable).
      'jsx-a11y/no-noninteractive-tabindex': ['error', { tags: ['pre', 'ul'], roles: ['tabpanel', 'log', 'region'] }],
      // The first field of a form that one has just asked for; jsx-a11y means focus that nobody expects.
      'jsx-a11y/no-autofocus': ['error', { ignoreNonDOM: true }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  walls(['src/kit/**'], noProduct, noFrame),
  walls(['src/products/*/**'], noPages, noFrame),
  {
    files: ['scripts/**', '*.config.{js,ts}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  { files: ['vite*.config.ts'], languageOptions: { parser: tseslint.parser } },
  prettier,
);
