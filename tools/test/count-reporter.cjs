// Tells, after every test file, how many tests passed and failed so far and which files are at work: a run may be cut off.
const { relative } = require('node:path');
const { writeFileSync } = require('node:fs');
const { ROOT } = require('../prepare/root.cjs');

class CountReporter {
  constructor() {
    this.file = process.env.FOLDLINE_TEST_COUNTS;
    this.running = new Set();
    this.counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 0 };
  }

  onTestFileStart({ path }) {
    this.running.add(relative(ROOT, path));
    this.write();
  }

  onTestFileResult({ path }, _result, counts) {
    this.running.delete(relative(ROOT, path));
    this.write(counts);
  }

  onRunComplete(_contexts, counts) {
    this.running.clear();
    this.write(counts);
  }

  /** A file that does not even load is one failure. */
  write(counted = this.counts) {
    this.counts = counted;
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = counted;
    const counts = {
      passed: numPassedTests,
      failed: numFailedTests + numRuntimeErrorTestSuites,
      skipped: numPendingTests,
      running: [...this.running],
    };
    writeFileSync(this.file, JSON.stringify(counts));
  }
}

module.exports = CountReporter;
