import { fileURLToPath } from 'node:url';
import presets from 'jest-preset-angular/presets/index.js';

/**
 * The Jest settings of everything that holds Angular code: native ESM, the zoneless test environment, templates compiled
 * by the Angular compiler, and workspace libraries resolved to their sources as in {@link ./jest.preset.mjs}.
 * A project needs a `tsconfig.spec.json` beside its `jest.config.mjs`.
 */
export default {
  ...presets.createEsmPreset({ tsconfig: '<rootDir>/tsconfig.spec.json', stringifyContentPathRegex: '\\.(html|svg)$' }),
  testEnvironment: fileURLToPath(new URL('./jest.angular.environment.mjs', import.meta.url)),
  setupFiles: [fileURLToPath(new URL('./jest.offline.mjs', import.meta.url))],
  setupFilesAfterEnv: [fileURLToPath(new URL('./jest.angular.setup.mjs', import.meta.url))],
  testEnvironmentOptions: { customExportConditions: ['@ziggy/source', 'browser'] },
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  clearMocks: true,
};
