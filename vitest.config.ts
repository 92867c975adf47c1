import { defineConfig } from 'vitest/config';

const reporters = ['default', './test/reporter.ts'];

/**
 * `parallel`: no install; what needs a database has one of its own. `solo`: an install of its own each, because it kills,
 * cuts or fills things; they come last, and fewer at a time, because they watch pictures in real time.
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
          maxWorkers: 3,
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
