import preset from '../../../jest.preset.mjs';

/** Real Chromium against the real API; one browser and one API at a time. */
export default { ...preset, testMatch: ['<rootDir>/*.e2e.spec.ts'], maxWorkers: 1, testTimeout: 120_000 };
