/** Prints the count as the last line, in the form that `.ci/run` promises. */
import type { Reporter, TestModule } from 'vitest/node';

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      let ran = 0;
      for (const test of module.children.allTests()) {
        ran++;
        const { state } = test.result();
        if (state === 'pending') count.skipped++;
        else count[state]++;
      }
      // A file that failed to load has no tests, and must not look like a pass.
      if (module.state() === 'failed' && (ran === 0 || module.errors().length > 0)) count.failed++;
    }
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}
