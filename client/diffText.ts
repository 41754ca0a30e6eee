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
export async function* diffLines(entries: AsyncIterable<DiffEntry>): AsyncGenerator<string> {
  let any = false;
  for await (const entry of entries) {
    any = true;
    yield linesOf(entry);
  }
  if (!any) yield 'No entries.\n';
}

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
  if (changes.length === 0) return line([head, tail]);
  return changes
    .map(([field, [old, next]]) =>
      line([head, `${field}: ${shownValue(old)} → ${shownValue(next)}`, tail]),
    )
    .join('');
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
  const changes = Object.entries(entry.changes)
    .map(([field, [old, next]]) => `${field}: ${shownValue(old)} → ${shownValue(next)}`)
    .join('; ');
  const { action, line: at, code, userId, matchedBy, reason } = entry;
  return [entry.entry, action, at, code, userId, matchedBy, reason, changes];
}
