import eslint from '@eslint/js';
import angular from 'angular-eslint';
import { defineConfig, globalIgnores } from 'eslint/config';
import typescript from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['**/dist/', '**/.angular/', '**/*.gen.ts', 'contracts/', 'e2e/results/']),
  {
    files: ['**/*.ts'],
    extends: [eslint.configs.recommended, typescript.configs.strict, typescript.configs.stylistic],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      // `const { a, ...rest } = all` omits a field.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-console': 'error',
    },
  },
  {
    files: ['app/**/*.ts'],
    extends: [angular.configs.tsRecommended],
    processor: angular.processInlineTemplates,
    rules: {
      '@angular-eslint/prefer-on-push-component-change-detection': 'off',
      // A component may have a template alone.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
    },
  },
  {
    files: ['app/**/*.html'],
    extends: [angular.configs.templateRecommended, angular.configs.templateAccessibility],
  },
);
