'use strict';
const Sequencer = require('@jest/test-sequencer').default;

/** The files that take longest, begun in this order: a clone that never ran them knows no times yet. */
const LONGEST = [
  'embedded/processes',
  'e2e/privacy',
  'faults/syncTemporal',
  'embedded/lifecycle',
  'faults/import',
  'e2e/decisions',
  'e2e/hostile',
  'e2e/sync',
  'store/plan/undo.property',
  'store/plan/plan.property',
];

/** Folders whose files start stacks, kill them and wait for what comes of it. */
const WAITING = /[\\/]test[\\/](?:embedded|faults|e2e|workflows|recorded|package)[\\/]/;

/** Those come first: one of them that is begun last is waited for alone. */
class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = LONGEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
      if (at !== -1) return at;
      return LONGEST.length + (WAITING.test(path) || path.includes('.property.') ? 0 : 1);
    };
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}

module.exports = LongestFirst;
