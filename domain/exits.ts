/** How a command ends, for scripts: the number, a word for `--help`, and what it means. */
export const EXITS = {
  done: { code: 0, short: 'done', means: 'done' },
  failed: {
    code: 1,
    short: 'failed',
    means: 'failed, or `--timeout` ran out first (the run continues)',
  },
  usage: { code: 2, short: 'wrong usage', means: 'wrong usage' },
  rows: {
    code: 3,
    short: 'done with row errors or conflicts',
    means:
      'done, with rows in error or conflict; a letter: with people who did not get it, or perhaps did not',
  },
  held: {
    code: 4,
    short: 'on hold',
    means:
      'on hold (or a dry run that would be), or waiting behind a run on hold; a letter: also paused',
  },
  notFound: { code: 5, short: 'not found', means: 'not found' },
  interrupted: {
    code: 130,
    short: 'interrupted',
    means: 'interrupted; the run continues, and the message says how to follow it',
  },
} as const;
export type ExitCode = (typeof EXITS)[keyof typeof EXITS]['code'];

/** How a command ends that looked at rows: some of them are in error or conflict, or none. */
export function exitOfRows(faulty: number): ExitCode {
  return faulty > 0 ? EXITS.rows.code : EXITS.done.code;
}

/** How a command with this exit code ended, in words. */
export function exitWord(code: number): string {
  return Object.values(EXITS).find((exit) => exit.code === code)?.short ?? EXITS.failed.short;
}

/** `0 done, 1 failed, …`, one element each. */
export const EXIT_WORDS: readonly string[] = Object.values(EXITS).map(
  ({ code, short }) => `${String(code)} ${short}`,
);
