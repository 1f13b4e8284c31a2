import { fileURLToPath } from 'node:url';

/**
 * The Jest settings every Node project shares: native ESM, TypeScript through SWC, and workspace
 * libraries resolved to their sources (the `@ziggy/source` export condition), so tests need no build.
 */
export default {
  // Modules of a finished file are never let go in Node's VM contexts: a worker that has grown makes room for a new one.
  workerIdleMemoryLimit: '1GB',
  testEnvironment: 'node',
  setupFiles: [fileURLToPath(new URL('./jest.offline.mjs', import.meta.url))],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ['@ziggy/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/test/**/*.spec.ts'],
  clearMocks: true,
};
