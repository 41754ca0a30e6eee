import type { HeldGate } from '../runs/gates';
import type { RunKind } from '../runs/run';
import type { RunCounts } from '../runs/runDocument';

/** What somebody can be told of: something waits for a person, or stands still. */
export const ALERT_EVENTS = ['held', 'quarantined', 'failed', 'overdue', 'conflicts'] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/** `type` of a webhook's payload, by event. */
export const ALERT_TYPES = {
  held: 'run.held',
  quarantined: 'source.quarantined',
  failed: 'run.failed',
  overdue: 'source.overdue',
  conflicts: 'run.conflicts',
  test: 'alert.test',
} as const satisfies Record<AlertEvent | 'test', string>;

/**
 * `data` of an alert: ids, counts, states, codes and names of sources. It leaves the house by mail
 * and by webhook, so nothing in it says anything about a person.
 */
export interface AlertData {
  /** The name of the source; null: a test. */
  readonly source: string | null;
  readonly state: 'held' | 'done' | 'failed' | 'quarantined' | 'disabled' | 'overdue' | 'test';
  readonly runId?: string;
  readonly kind?: RunKind;
  readonly counts?: Partial<RunCounts>;
  /** The gates that hold it. */
  readonly held?: readonly HeldGate[];
  /** Why it failed, as a code. */
  readonly code?: string;
  /** Since when it stands still; ISO 8601. */
  readonly since?: string;
  /** When a source that is set aside is tried again; null: not by itself. */
  readonly nextTryAt?: string | null;
  /** When the last sync that was applied ended; null: none did. */
  readonly lastSyncAt?: string | null;
  /** The command to go on with. */
  readonly next: string;
}

/** Minutes after each failed attempt until the next one: seven in all, within 21 hours. */
export const RETRY_MINUTES = [1, 5, 30, 120, 360, 720] as const;

/** Minutes until the next attempt after so many; null: it is given up. */
export function retryAfter(attempts: number): number | null {
  return RETRY_MINUTES[attempts - 1] ?? null;
}

/** The body of a webhook (Standard Webhooks): the same bytes at each attempt. */
export function webhookBody(alert: {
  readonly event: AlertEvent | 'test';
  readonly at: Date;
  readonly data: AlertData;
}): string {
  const { event, at, data } = alert;
  const told = { ...data, next: inFolder(data.next) };
  return JSON.stringify({ type: ALERT_TYPES[event], timestamp: at.toISOString(), data: told });
}

/** The command as it works in Rollcall's folder, whichever way it is called there: no client says it. */
function inFolder(command: string): string {
  return command.replace(/^rollcall /, 'npx rollcall ');
}

/** An alert as a mail. */
export function alertMail(data: AlertData): { readonly subject: string; readonly text: string } {
  const what = headline(data);
  const lines = [what, ...facts(data), '', inFolder(data.next), ''];
  return { subject: `Rollcall: ${what}`, text: lines.join('\n') };
}

const RUN_WORDS = {
  import: 'import',
  sync: 'sync',
  bulk: 'bulk change',
  undo: 'undo',
  due: 'due run',
} as const satisfies Record<RunKind, string>;

function headline({ source, state, kind, counts, code }: AlertData): string {
  const name = source ?? '';
  const run = kind === undefined ? 'run' : RUN_WORDS[kind];
  switch (state) {
    case 'held':
      return `the ${run} of ${name} is held`;
    case 'done':
      return `the ${run} of ${name} left ${String(counts?.conflict ?? 0)} in conflict`;
    case 'failed':
      return `the ${run} of ${name} failed: ${code ?? 'unknown'}`;
    case 'quarantined':
      return `${name} is set aside: ${code ?? 'unknown'}`;
    case 'disabled':
      return `${name} is disabled: ${code ?? 'unknown'}`;
    case 'overdue':
      return `${name} is overdue`;
    case 'test':
      return 'this is a test';
  }
}

function facts({ counts = {}, held = [], since, nextTryAt, lastSyncAt }: AlertData): string[] {
  const counted = Object.entries(counts).filter(([, n]) => n !== 0);
  return [
    ...held.map(({ gate, count, limit }) => `  ${gate}: ${String(count)}, limit ${String(limit)}`),
    ...(counted.length === 0
      ? []
      : [`  ${counted.map(([name, n]) => `${name} ${String(n)}`).join(', ')}`]),
    ...(since === undefined ? [] : [`  since ${since}`]),
    ...(nextTryAt === undefined
      ? []
      : [nextTryAt === null ? '  it is not tried again by itself' : `  tried again ${nextTryAt}`]),
    ...(lastSyncAt === undefined ? [] : [`  last sync ${lastSyncAt ?? 'never'}`]),
  ];
}
