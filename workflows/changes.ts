/**
 * Every change to workflow code that histories of running workflows would not replay: one named
 * constant each, given to `patched()`, with its date and the condition under which it goes. A
 * history recorded before the change stays in `test/replay/histories` until then.
 */
export const CHANGES = {
  /**
   * 2026-11-23: a decision that comes during a long step cancels the step instead of waiting for
   * its end. Goes when no workflow that was started before that date is left.
   */
  decisionsEndSteps: 'decisions-end-steps',
} as const satisfies Record<string, string>;
