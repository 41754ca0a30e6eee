'use strict';
const Sequencer = require('@jest/test-sequencer').default;

/** Folders whose files start stacks, kill them and wait for what comes of it. */
const WAITING = /[\\/]test[\\/](?:embedded|faults|e2e|workflows)[\\/]/;

/** Those come first: one of them that is begun last is waited for alone. */
class LongestFirst extends Sequencer {
  sort(tests) {
    const waits = ({ path }) => (WAITING.test(path) ? 0 : 1);
    return [...super.sort(tests)].sort((a, b) => waits(a) - waits(b));
  }
}

module.exports = LongestFirst;
