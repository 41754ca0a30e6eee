import type { RunDecision, RunDocument } from '../../domain/runs/runDocument';
import type { WordedSummary } from '../documents';
import { printable } from '../../domain/shown';
import { count, table, type Cell, minute } from '../output';
import { kindOf } from './run';

/** The length of a line on a terminal. */
const WIDTH = 120;

/** Counts that get a column when a run of the page has one. */
const COUNTS = [
  ['new', 'created'],
  ['updated', 'updated'],
  ['deact.', 'deactivated'],
  ['react.', 'reactivated'],
  ['confl.', 'conflict'],
  ['error', 'error'],
] as const;

/** The source of uploads without a name. */
const UNNAMED = 'csv';

/** A list of runs for people; at most 120 columns. */
export function runsText(runs: readonly WordedSummary[]): string {
  if (runs.length === 0) return 'No runs.\n';
  const shown = COUNTS.filter(([, name]) => runs.some(({ counts }) => counts[name] > 0));
  const ids = shortIds(runs.map(({ runId }) => runId));
  // When all are unnamed uploads, the column would make the line too long for the file.
  const named = runs.some(({ source }) => source !== UNNAMED);
  const heads = [
    'run',
    'kind',
    ...(named ? ['source'] : []),
    'state',
    'started',
    'rows',
    ...shown.map(([head]) => head),
  ];
  const rows = runs.map((run, i): Cell[] => [
    ids[i] ?? run.runId,
    kindOf(run),
    ...(named ? [cut(run.source, 20)] : []),
    stateOf(run),
    minute(run.createdAt),
    run.counts.rows,
    ...shown.map(([, name]) => countOf(run, name)),
  ]);
  const narrow = table(heads, rows);
  const left = WIDTH - 2 - Math.max(...narrow.split('\n').map((line) => line.length));
  if (left < 12) return narrow;
  return table(
    [...heads, 'file'],
    rows.map((row, i) => [...row, about(runs[i], left)]),
  );
}

/** Enough of an id to recognize a run where there is no room for more. */
const FEW_CHARS = 8;

/** What a run reads or undoes, or who changed people in bulk, in a limited number of characters. */
function about(run: WordedSummary | undefined, width: number): string {
  if (run === undefined) return '';
  const { undoOf, file, kind, startedBy } = run;
  const names =
    undoOf === null
      ? [file ?? (kind === 'bulk' ? `by ${startedBy}` : '')]
      : [TIME_CHARS, FEW_CHARS].map((n) => `undo of ${undoOf.slice(0, n)}`);
  return names.find((text) => text.length <= width) ?? cut(names.at(-1) ?? '', width);
}

/** The state, with what the column of the file has no room for when it is left out. */
function stateOf({ state, dryRun, partly, undoneBy }: WordedSummary): string {
  if (partly !== null) return `${state}, part applied`;
  if (undoneBy !== null) return `${state}, undone`;
  return dryRun && state !== 'planned' ? `${state}, dry` : state;
}

/** The held part of a run that is applied in part. */
function countOf({ counts, partly }: WordedSummary, name: (typeof COUNTS)[number][1]): number {
  return partly === null || name === 'error' || name === 'conflict'
    ? counts[name]
    : partly.held[name];
}

/** An id begins with its time in milliseconds; this much is enough for every command. */
const TIME_CHARS = 13;

function shortIds(ids: readonly string[]): readonly string[] {
  const short = ids.map((id) => id.slice(0, TIME_CHARS));
  return new Set(short).size === ids.length ? short : ids;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Decisions as they are recorded, in the words of a report. */
const DECIDED: Readonly<Record<string, string>> = {
  apply: 'applied',
  approve: 'approved',
  reject: 'rejected',
  cancel: 'cancelled',
  resume: 'resumed',
  resolve: 'resolved',
};

/** Who started a run and who decided what about it, for people: one line each. */
export function whoText({ startedBy, createdAt, decisions }: Started): string {
  const by = printable(startedBy);
  return `started by ${by}, ${minute(createdAt)} UTC\n${decisionsText(decisions)}`;
}

type Started = Pick<RunDocument, 'startedBy' | 'createdAt' | 'decisions'>;

/** The decisions about a run, oldest first, for people: one line each. */
export function decisionsText(decisions: readonly RunDecision[]): string {
  return decisions
    .map(({ kind, by, at, only, entries, resolved, resolvedAll, reason, taken, late }) => {
      const part = [
        ...(resolvedAll === undefined ? [] : [resolvedAllText(resolvedAll)]),
        ...(resolved === undefined ? [] : [resolvedText(resolved)]),
        ...(only === undefined ? [] : [`only ${only.join(', ')}`]),
        ...(entries === undefined
          ? []
          : [`${count(entries)} ${entries === 1 ? 'entry' : 'entries'}`]),
        ...(taken ? [] : [late === true ? 'came too late' : 'not carried out yet']),
      ];
      const what = `${DECIDED[kind] ?? kind} by ${by}, ${minute(at)} UTC`;
      const why = reason === null ? '' : `: ${reason}`;
      return `${printable(`${what}${part.length === 0 ? '' : ` (${part.join('; ')})`}${why}`)}\n`;
    })
    .join('');
}

function resolvedAllText({ by, followUp }: NonNullable<RunDecision['resolvedAll']>): string {
  const what =
    by === 'renumbered' ? 'people linked to their new numbers' : 'people linked by e-mail';
  return `${what}, by run ${followUp}`;
}

function resolvedText({ entry, as, user, followUp }: NonNullable<RunDecision['resolved']>): string {
  const who = as === 'skip' ? 'left out' : as === 'create' ? 'a new person' : `user ${user ?? ''}`;
  return `entry ${String(entry)}: ${who}${followUp === null ? '' : `, by run ${followUp}`}`;
}
