import { EXITS, exitOfRows, type ExitCode } from '../../domain/exits';
import { CHANGED_COUNTS, COUNT_NAMES, type RunState } from '../../domain/runs/run';
import type { RunDocument } from '../../domain/runs/runDocument';
import { printable, quoted } from '../../domain/shown';
import { optionWords } from '../../domain/sources/listOptions';
import { gateText } from '../../wording/gates';
import type { WordedRun } from '../documents';
import { count, pairs, table } from '../output';

/** The exit code of a command that followed a run to its end. */
export function exitOf(
  run: Pick<RunDocument, 'state' | 'held' | 'counts'>,
  wanted: readonly RunState[],
): ExitCode {
  if (wanted.includes(run.state)) return EXITS.done.code;
  if (run.state === 'held') return EXITS.held.code;
  if (run.state !== 'done' && run.state !== 'planned') return EXITS.failed.code;
  if (run.state === 'planned' && run.held.length > 0) return EXITS.held.code;
  return exitOfRows(run.counts.error + run.counts.conflict);
}

/** States whose counts are a plan, and whose gates are closed. */
const PLANS: ReadonlySet<RunState> = new Set(['held', 'planned']);

/** The report of a run for people: what happened, what holds it, what was wrong, what to do next. */
export function runText(run: WordedRun): string {
  const { counts } = run;
  const about = [
    `run ${run.runId}`,
    `${kindOf(run)}${run.dryRun ? ' (dry run)' : ''} ${ofText(run)}`,
    run.file === null ? '' : printable(run.file),
    `${run.state}${run.undoneBy === null ? '' : ', undone'}`,
  ];
  const parted: ReadonlySet<string> = new Set(run.partly === null ? [] : CHANGED_COUNTS);
  const shown = COUNT_NAMES.filter((name) => counts[name] > 0 && !parted.has(name));
  // The reason of a failure may end with the next step.
  const failure = run.error?.message ?? run.reason;
  const hasNext = failure !== null && run.reason?.startsWith(failure) === true;
  const why = hasNext ? failure : run.reason;
  const next = run.next ?? (hasNext ? run.reason.slice(failure.length).trim() : null);
  return [
    `${about.filter((part) => part !== '').join('  ')}\n`,
    why === null || run.state === 'held' ? '' : `${printable(why)}\n`,
    // A file that was refused has no rows to count.
    run.state === 'failed' && counts.rows === 0
      ? ''
      : `${[sumText(run), standing(run)].filter((part) => part !== '').join(' ')}\n`,
    ...listOptionsText(run),
    partsText(run),
    shown.length === 0
      ? ''
      : pairs(shown.map((name) => [`  ${name}`, `${count(counts[name])}${within(run, name)}`])),
    ...(PLANS.has(run.state) ? run.held : []).map((held) =>
      held.gate === 'expect'
        ? `${gateText(held, run.subject)}\n`
        : `${run.state === 'held' ? 'on hold' : 'would be on hold'} (${held.gate}): ${gateText(held, run.subject)}\n`,
    ),
    messagesText(run),
    run.unmergeOf === undefined ? '' : `takes back merge ${run.unmergeOf}\n`,
    run.undoOf === null ? '' : `undo of run ${run.undoOf}\n`,
    run.retryOf === null ? '' : `retry of run ${run.retryOf}\n`,
    run.undoneBy === null ? '' : `undone by run ${run.undoneBy}\n`,
    run.mendedBy === null ? '' : `fixed by run ${run.mendedBy}\n`,
    run.state === 'held' && run.reason !== null ? `${printable(run.reason)}\n` : '',
    next === null || next === '' ? '' : `next: ${printable(next)}\n`,
  ].join('');
}

/** What a run is, in a word: a run that takes a merge back is no merge to its reader. */
export function kindOf({ kind, unmergeOf }: Pick<WordedRun, 'kind' | 'unmergeOf'>): string {
  return unmergeOf === undefined ? kind : 'unmerge';
}

/** Where the people of a run come from. Merges and changes by hand come from an admin, not from a source. */
export function ofText(run: Pick<WordedRun, 'kind' | 'source' | 'startedBy'>): string {
  const byHand = run.kind === 'merge' || run.source === BY_HAND;
  return byHand ? `by ${printable(run.startedBy)}` : `of ${printable(run.source)}`;
}

/** The name of the source that bulk changes and their undos belong to. */
const BY_HAND = 'admin';

/** States in which a run without rows has not read any. */
const UNREAD: ReadonlySet<string> = new Set(['waiting', 'running', 'retrying']);

/** Which options come from the list, and which it keeps from now on. */
function listOptionsText({ source, state, listOptions: { used, kept } }: WordedRun): string[] {
  const words = (texts: typeof used): string => printable(optionWords(texts, quoted));
  return [
    Object.keys(used).length === 0
      ? ''
      : `options kept with the list ${source}: ${words(used)} (rollcall sources show ${source})\n`,
    Object.keys(kept).length === 0
      ? ''
      : `the list ${source} keeps for its next files${state === 'done' ? '' : ', once this run is applied'}: ${words(kept)}\n`,
  ];
}

/** The number of rows, and what is special about some of them, one sentence each. */
function sumText({ kind, counts, matchedRows: matched, state }: WordedRun): string {
  const { rows, absent, keptByHand } = counts;
  if (rows === 0 && UNREAD.has(state)) {
    return kind === 'import' ? 'The file is not read yet.' : 'Nothing is read yet.';
  }
  return [
    `${count(rows)} ${rowWord(kind, rows)}${kind === 'import' ? ' in the file' : ''}.`,
    ...(absent > 0 ? [absentText(absent, kind === 'import')] : []),
    ...(matched > 0
      ? [
          `${count(matched)} ${matched === 1 ? 'row was' : 'rows were'} matched to an existing account.`,
        ]
      : []),
    ...(keptByHand > 0
      ? [`${count(keptByHand)} ${keptByHand === 1 ? 'value' : 'values'} set by hand stayed.`]
      : []),
  ].join(' ');
}

function rowWord(kind: WordedRun['kind'], rows: number): string {
  const word = kind === 'merge' ? 'pair' : 'row';
  return rows === 1 ? word : `${word}s`;
}

function absentText(n: number, isFile: boolean): string {
  const who = n === 1 ? '1 person' : `${count(n)} people`;
  const verb = n === 1 ? 'is' : 'are';
  return isFile
    ? `${who} of this list ${verb} not in it.`
    : `${who} ${verb} missing from the source.`;
}

function standing(run: WordedRun): string {
  if (run.partly !== null) return 'A part is applied, the rest is on hold:';
  const changes = CHANGED_COUNTS.some((name) => run.counts[name] > 0);
  const { progress } = run;
  const begun = (progress?.done ?? 0) > 0 || run.undoableUntil !== null;
  if (changes && progress?.phase === 'applying' && progress.total !== null && begun) {
    return `${count(progress.done)} of ${count(progress.total)} entries are applied so far; this is the whole plan:`;
  }
  if (changes && (PLANS.has(run.state) || progress !== null)) {
    return 'Nothing is changed yet; this is the plan:';
  }
  // What holds it says what may be wrong, also where the plan changes nobody.
  return PLANS.has(run.state) && run.held.length === 0 ? 'There is nothing to change.' : '';
}

/** The details of a count. */
function within(run: WordedRun, name: (typeof COUNT_NAMES)[number]): string {
  if (name === 'conflict' && run.settled > 0) return `, ${count(run.settled)} of them resolved`;
  // People that the run had created and that are inactive by now.
  if (name === 'unchanged' && run.kind === 'undo') return ' (inactive already)';
  if (name !== 'skipped') return '';
  const why = Object.entries(run.skippedFor).map(
    ([reason, n]) => `${reason.replaceAll('_', ' ')} ${count(n)}`,
  );
  return why.length === 0 ? '' : ` (${why.join(', ')})`;
}

/** The applied part of a run that was approved in part, and the part that is still on hold. */
function partsText({ partly }: WordedRun): string {
  if (partly === null) return '';
  const { applied, held } = partly;
  const rows = ([...CHANGED_COUNTS, 'skipped', 'conflict'] as const)
    .filter((name) => applied[name] + held[name] > 0)
    .map((name) => [`  ${name}`, applied[name], held[name]]);
  return table(['  ', 'applied', 'still on hold'], rows);
}

/** The rows, and other things, that these messages speak for. */
function spokenFor(messages: WordedRun['messages']): number {
  return messages.reduce((sum, { count: n = 1 }) => sum + n, 0);
}

function messagesText(run: WordedRun): string {
  if (run.messages.length === 0) return '';
  const rest = run.messageCount - spokenFor(run.messages);
  return [
    table(
      ['line', 'column', 'code', 'message'],
      run.messages.map(({ line, column, code, message }) => [line, column, code, message]),
    ),
    rest > 0 ? `and ${count(rest)} more: rollcall runs report ${run.runId}\n` : '',
  ].join('');
}
