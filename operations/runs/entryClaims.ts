import type { ExpectedEntry } from '../../domain/runs/entryClaim';
import type { FaultCode } from '../../domain/faultCodes';
import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import { firstMismatch, type PlannedEntry } from '../../store/lifecycle/entryClaims';
import type { Tx } from '../../store/database/db';

/**
 * Refuses an approval of entries that differ from what the approver expects: numbers alone fit
 * every run, and a file made for another run would change the wrong people.
 * @throws Fault usage `entries_of_another_run`, `no_such_entry`, `entry_mismatch`.
 */
export async function requireExpected(
  tx: Tx,
  { runId, claims }: { readonly runId: string; readonly claims: readonly ExpectedEntry[] },
): Promise<void> {
  const next: Next = { do: 'writeEntries', run: runId };
  const refuse = (code: FaultCode, message: string): Fault =>
    new Fault('usage', { code, message: `${message} Nothing is approved.`, next });
  const stranger = claims.find(({ run }) => run !== undefined && run.toLowerCase() !== runId);
  if (stranger !== undefined) {
    const of = stranger.run === '' ? 'of no run' : `of run ${brief(stranger.run ?? '')}`;
    throw refuse('entries_of_another_run', `${where(stranger)} is ${of}, not of run ${runId}.`);
  }
  const unreal = claims.find(({ entry }) => !Number.isSafeInteger(entry));
  if (unreal !== undefined) throw refuse('no_such_entry', `${where(unreal)} is no entry.`);
  const wrong = await firstMismatch(tx, { runId, claims });
  const claim = wrong === null ? undefined : claims[wrong.index];
  if (wrong === null || claim === undefined) return;
  const others = wrong.claims - 1;
  const more =
    others === 0 ? '' : ` So ${others === 1 ? 'does 1 more' : `do ${String(others)} more`}.`;
  const entry = `entry ${String(claim.entry)}`;
  if (wrong.is === null) {
    throw refuse(
      'no_such_entry',
      `${where(claim)} names ${entry}, which run ${runId} does not have.${more}`,
    );
  }
  throw refuse(
    'entry_mismatch',
    `${where(claim)} differs from the plan: it says that ${entry} is ${words(claim)}; in run ` +
      `${runId} it is ${words(wrong.is)}.${more}`,
  );
}

function where({ at, entry }: ExpectedEntry): string {
  return at === undefined ? `Entry ${String(entry)}` : `Line ${String(at)} of the file of entries`;
}

/** `deactivate (line 4, code A7, user 0192…)` */
function words(o: { readonly [K in keyof PlannedEntry]?: PlannedEntry[K] }): string {
  const parts = [
    ['line', o.line],
    ['code', o.code],
    ['user', o.userId],
  ] as const;
  const known = parts.flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [`${name} ${brief(value)}`],
  );
  const action = o.action === undefined ? '' : brief(o.action);
  return [action, known.length === 0 ? '' : `(${known.join(', ')})`]
    .filter((part) => part !== '')
    .join(' ');
}

function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
