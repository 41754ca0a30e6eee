import type { Action } from '../../domain/runs/run';
import type { DiffEntry } from '../../domain/runs/runDocument';
import { printable } from '../../domain/shown';
import { count } from '../output';
import { changeText } from './change';

const SIGNS = {
  create: '+',
  reactivate: '+',
  update: '~',
  deactivate: '-',
  error: '!',
  conflict: '!',
  duplicate: '!',
  unchanged: '=',
  skip: '=',
} as const satisfies Record<Action, string>;

/** How a row was matched to its user, in words. */
export const MATCHED_BY = {
  identity: 'number in the source',
  code: 'code',
  email: 'e-mail',
  login: 'login',
  none: 'nothing',
} as const satisfies Record<DiffEntry['matchedBy'], string>;

export interface DiffTextOptions {
  /** Explains the signs first. */
  readonly head: boolean;
  /** The number of entries shown; the last line counts the rest. */
  readonly limit?: number;
  /** How rows in conflict or error are resolved, as a last line where there are some. */
  readonly cure?: string;
  /** Further views, as a last line. */
  readonly note?: string;
}

/**
 * A plan for people. `+` is created or reactivated, `~` changes, `-` is deactivated, `!` is left
 * out because of an error, `=` stays unchanged. Then entry, line of the file, code, name, action,
 * field: old → new, (state, reason), matched by. One line for each changed field; the last line
 * counts the entries.
 */
export async function* diffLines(
  entries: AsyncIterable<DiffEntry>,
  o: DiffTextOptions,
): AsyncGenerator<string> {
  const sum = { entries: 0, actions: new Map<string, number>(), states: new Map<string, number>() };
  for await (const entry of entries) {
    if (o.head && sum.entries === 0) yield HEAD;
    sum.entries += 1;
    bump(sum.actions, entry.action);
    if (entry.state !== null) bump(sum.states, entry.state);
    if (sum.entries <= (o.limit ?? Infinity)) yield linesOf(entry);
  }
  if (sum.entries === 0) yield 'No entries.\n';
  else yield `${sumText(sum, o.limit)}\n`;
  const { actions } = sum;
  if (o.cure !== undefined && (actions.has('conflict') || actions.has('error')))
    yield `${o.cure}\n`;
  if (o.note !== undefined) yield `${o.note}\n`;
}

function bump(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

interface Sum {
  readonly entries: number;
  readonly actions: ReadonlyMap<string, number>;
  readonly states: ReadonlyMap<string, number>;
}

/** `17 entries: create 3, update 14; applied 3, held 14`; begins with the number not shown. */
function sumText({ entries, actions, states }: Sum, limit: number | undefined): string {
  const rest = entries - Math.min(limit ?? entries, entries);
  const more = rest === 0 ? '' : `and ${count(rest)} more; in all `;
  const all = `${count(entries)} ${entries === 1 ? 'entry' : 'entries'}`;
  const parts = [actions, states]
    .filter(({ size }) => size > 0)
    .map((counts) => [...counts].map(([name, n]) => `${name} ${count(n)}`).join(', '));
  return `${more}${all}: ${parts.join('; ')}`;
}

/** For people; a program gets labelled lines of entries and the last line. */
const HEAD =
  '+ is created or reactivated  ~ changes  - is deactivated  ! is left out because of an error  = stays\n' +
  '  ENTRY  LINE  CODE NAME  ACTION  FIELD: OLD → NEW  (STATE, REASON)  MATCHED BY\n';

function linesOf(entry: DiffEntry): string {
  const { code, name, action, state, reason } = entry;
  const sign = state === 'rejected' || state === 'skipped' ? '=' : SIGNS[action];
  const who = name === null ? (code ?? '(no code)') : `${code ?? '(no code)'} ${name}`;
  const head = [
    `${sign} entry ${String(entry.entry)}`,
    entry.line === null ? '' : `line ${String(entry.line)}`,
    who,
    action,
  ];
  const why = [
    state === null || state === 'planned' || state === reason ? '' : state,
    reason ?? '',
  ].filter((part) => part !== '');
  const tail = [
    why.length === 0 ? '' : `(${why.join(', ')})`,
    entry.rejectedIn === undefined ? '' : `rejected before, in run ${entry.rejectedIn}`,
    entry.matchedBy === 'none' ? '' : `matched by ${MATCHED_BY[entry.matchedBy]}`,
  ];
  const changes = Object.entries(entry.changes);
  if (action === 'create') {
    const values = changes
      .filter(([, [old]]) => old === null)
      .map(([field, [, next]]) => `${field}: ${shownValue(next)}`)
      .join(', ');
    return line([...head, ...knownText(entry), values, ...tail]);
  }
  if (entry.kept !== undefined) {
    return keptOf(entry.kept)
      .map((kept) => line([...head, kept, ...tail]))
      .join('');
  }
  if (changes.length === 0) return line([...head, ...tail]);
  return changes
    .map(([field, [old, next]]) =>
      line([...head, changeText({ field, old, next, show: shownValue }), ...tail]),
    )
    .join('');
}

/** `identity: 0010041 → 10041, as Ada North (inactive)`: another number of a person who is known. */
function knownText({ changes, knownAs = [] }: DiffEntry): string[] {
  const numbers = changes['identity'];
  if (numbers === undefined || knownAs.length === 0) return [];
  const [old, next] = numbers;
  const users = knownAs.map(
    ({ id, name, inactive }) => `${name ?? id}${inactive ? ' (inactive)' : ''}`,
  );
  const as = `known as ${users.join(' or ')}`;
  return [`${changeText({ field: 'identity', old, next, show: shownValue })}, ${as}`];
}

function keptOf(kept: NonNullable<DiffEntry['kept']>): string[] {
  return Object.entries(kept).map(
    ([field, [held, said]]) =>
      `${field}: ${shownValue(held)} stays (set by hand), not ${shownValue(said)}`,
  );
}

function line(parts: readonly string[]): string {
  return `${printable(parts.filter((part) => part !== '').join('  '))}\n`;
}

/** Text that would be read as the end of a value, or as no value. */
const AMBIGUOUS = /[,;"→∅]|: |^\s|\s$| {2}|^$/;

/** A value of a change: empty shows as `∅`; one that holds a separator is quoted. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return '∅';
  return typeof value === 'string' && !AMBIGUOUS.test(value) ? value : JSON.stringify(value);
}

/** The columns of `runs diff --csv`; `--entries` picks by the first and checks by the others. */
export const ENTRY_COLUMNS = [
  'entry',
  'action',
  'line',
  'code',
  'user_id',
  'matched_by',
  'reason',
  'changes',
  'state',
  'name',
  'run',
] as const;

export function entryCells(runId: string, entry: DiffEntry): (string | number | null)[] {
  const changes = [
    ...Object.entries(entry.changes).map(
      ([field, [old, next]]) => `${field}: ${shownValue(old)} → ${shownValue(next)}`,
    ),
    ...keptOf(entry.kept ?? {}),
  ].join('; ');
  const { action, line: at, code, userId, matchedBy, reason, state, name } = entry;
  return [entry.entry, action, at, code, userId, matchedBy, reason, changes, state, name, runId];
}
