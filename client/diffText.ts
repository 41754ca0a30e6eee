import type { Action, DiffEntry } from '../domain/run';
import { printable } from './output';

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

/**
 * A plan for people. `+` comes, `~` changes, `-` goes, `!` is left out for a fault, `=` is kept:
 * sign, action, entry, code, field: old → new, reason, matched by. One line a field changed.
 */
export async function* diffLines(
  entries: AsyncIterable<DiffEntry>,
  { head }: { readonly head: boolean },
): AsyncGenerator<string> {
  let any = false;
  for await (const entry of entries) {
    if (head && !any) yield HEAD;
    any = true;
    yield linesOf(entry);
  }
  if (!any) yield 'No entries.\n';
}

/** For people; a program gets lines of entries only. */
const HEAD =
  '  ENTRY  CODE  ACTION  FIELD: OLD → NEW  (REASON)  MATCHED BY\n' +
  '  + comes  ~ changes  - goes  ! is left out for a fault  = is kept\n';

function linesOf(entry: DiffEntry): string {
  const head = `${SIGNS[entry.action]} ${String(entry.entry)}  ${entry.code ?? '(no code)'}  ${entry.action}`;
  const tail = [
    ...(entry.reason === null ? [] : [`(${entry.reason})`]),
    ...(entry.matchedBy === 'none' ? [] : [`by ${entry.matchedBy}`]),
  ].join(' ');
  const changes = Object.entries(entry.changes);
  if (entry.action === 'create') {
    const values = changes.map(([field, [, next]]) => `${field}: ${shownValue(next)}`).join(', ');
    return line([head, values, tail]);
  }
  if (entry.kept !== undefined) {
    return keptOf(entry.kept)
      .map((kept) => line([head, kept, tail]))
      .join('');
  }
  if (changes.length === 0) return line([head, tail]);
  return changes
    .map(([field, [old, next]]) =>
      line([head, `${field}: ${shownValue(old)} → ${shownValue(next)}`, tail]),
    )
    .join('');
}

function keptOf(kept: NonNullable<DiffEntry['kept']>): string[] {
  return Object.entries(kept).map(
    ([field, [held, said]]) => `${field}: ${shownValue(held)} is kept, not ${shownValue(said)}`,
  );
}

function line(parts: readonly string[]): string {
  return `${printable(parts.filter((part) => part !== '').join('  '))}\n`;
}

/** A value of a change: empty shows as `∅`. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return '∅';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The columns of `runs diff --csv`; `--entries` reads the first. */
export const ENTRY_COLUMNS = [
  'entry',
  'action',
  'line',
  'code',
  'user_id',
  'matched_by',
  'reason',
  'changes',
] as const;

export function entryCells(entry: DiffEntry): (string | number | null)[] {
  const changes = [
    ...Object.entries(entry.changes).map(
      ([field, [old, next]]) => `${field}: ${shownValue(old)} → ${shownValue(next)}`,
    ),
    ...keptOf(entry.kept ?? {}),
  ].join('; ');
  const { action, line: at, code, userId, matchedBy, reason } = entry;
  return [entry.entry, action, at, code, userId, matchedBy, reason, changes];
}
