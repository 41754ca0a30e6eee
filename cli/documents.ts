import type { Next } from '../domain/next';
import type { RunDocument, RunSummary } from '../domain/runs/runDocument';
import { wordNext, wordReason } from '../wording/next';

/** What of a run is data, in words. */
interface RunWords {
  /** The command to go on with, or null when nothing is left to do. */
  readonly next: string | null;
  /** Why the run failed or waits; null otherwise. */
  readonly reason: string | null;
  /** Of a failed run only: what `--json` prints for any error. */
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly next: string | null;
  };
}

/** A run as `--json` prints it. */
export type WordedRun = Omit<RunDocument, keyof RunWords> & RunWords;
/** A run of a list as `--json` prints it. */
export type WordedSummary = Omit<RunSummary, keyof RunWords> & RunWords;

/** The run in words: each document of a run goes through here before it is printed. */
export function wordedRun(run: RunDocument): WordedRun {
  const { messages, decisions, skippedFor, renumbered, matchedRows, listOptions, ...summary } = run;
  const details = { messages, decisions, skippedFor, renumbered, matchedRows, listOptions };
  return { ...wordedSummary(summary), ...details };
}

/** As {@link wordedRun}, for a run of a list. The keys stay in their order. */
export function wordedSummary(run: RunSummary): WordedSummary {
  const next = inWords(run.next);
  const reason = run.reason === null ? null : wordReason(run.reason);
  if (run.error === undefined) {
    const { error: _, ...rest } = run;
    return { ...rest, next, reason };
  }
  return { ...run, next, reason, error: { ...run.error, next: inWords(run.error.next) } };
}

function inWords(next: Next | null): string | null {
  return next === null ? null : wordNext(next);
}
