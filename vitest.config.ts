import { defineConfig } from 'vitest/config';

const reporters = ['default', './test/reporter.ts'];

/**
 * `unit`: no install. `shared`: one install, in parallel, each test with its own rows.
 * `solo`: two files at a time, because they mostly wait; each has an install of its own, because it kills, cuts or fills things.
 */
export default defineConfig({
  test: {
    reporters,
    hookTimeout: 180_000,
    testTimeout: 60_000,
    globalSetup: './test/kit/template.ts',
    projects: [
      {
        extends: true,
        test: {
          name: 'parallel',
          include: ['test/{unit,media,server,web,standin}/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'solo',
          include: ['test/{ops,production,e2e}/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
