/**
 * Every change to workflow code that histories of running workflows would not replay: one named
 * constant each, given to `patched()`, with the date it came and the condition under which it
 * goes. A history recorded before the change stays in `test/replay/histories` until then.
 *
 * None yet.
 */
export const CHANGES = {} as const satisfies Record<string, string>;
