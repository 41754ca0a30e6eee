import { Fault } from '../../domain/faults';
import { fieldValue, OUTSIDE } from '../../domain/users/userView';
import { shown } from '../../domain/shown';
import type { OperationContext } from '../context';
import { userHistory, type HistoryEvent } from './userHistory';
import { existing } from './users';

/** What was changed about a user, as a program reads it beside the fault. */
export interface LateChange {
  readonly action: string;
  /** `null`: no field, such as a link. */
  readonly field: string | null;
  /** As it is now. */
  readonly value: unknown;
  /** The admin; `null` for one who is gone. */
  readonly by: string | null;
  readonly source: string | null;
  readonly runId: string | null;
  readonly at: string;
}

/** Events that are looked at, and changes that the sentence names. */
const [MAX_EVENTS, MAX_NAMED] = [20, 5];

/**
 * The fault of an edit that was made from another version than the user has. It names the last changes,
 * as many as there are versions in between: a version has no record of its own.
 */
export async function userChanged(
  context: OperationContext,
  o: { readonly userId: string; readonly version: number; readonly expected: number },
): Promise<Fault> {
  const { userId, version, expected } = o;
  const changes = version > expected ? await lastChanges(context, userId, version - expected) : [];
  const named = changes.slice(0, MAX_NAMED).map(textOf).join('; ');
  return new Fault('conflict', {
    code: 'user_changed',
    message:
      `The edit is for version ${String(expected)} of the user, who has version ${String(version)} now.` +
      (named === '' ? '' : ` Last changes: ${named}.`),
    next: { do: 'showUser', user: userId },
    details: { version, changes },
  });
}

async function lastChanges(
  context: OperationContext,
  userId: string,
  versions: number,
): Promise<readonly LateChange[]> {
  const { events: all } = await userHistory(context, { user: userId, limit: MAX_EVENTS });
  const events = all.filter((event) => !isOfRecords(event)).slice(0, versions);
  const user = await existing(context, userId);
  const changes = events.flatMap((event): LateChange[] => {
    const { action, actor, source, runId, at } = event;
    const fields = event.fields ?? Object.keys(event.changes ?? {});
    const what = action === 'user.release' ? ['sticky'] : fields.length === 0 ? [null] : fields;
    return what.map((field) => {
      const isOutside = field === 'manager' && user.managerOutside === true;
      const value = isOutside ? OUTSIDE : field === null ? null : fieldValue(user, field);
      return { action, field, value, by: actor, source, runId, at };
    });
  });
  // The newest change of a field says who gave it its value.
  return changes.filter(
    ({ field }, at) => field === null || changes.findIndex((c) => c.field === field) === at,
  );
}

/** Enrollments and credits have versions of their own. */
function isOfRecords({ fields, changes }: HistoryEvent): boolean {
  const names = fields ?? Object.keys(changes ?? {});
  return names.length > 0 && names.every((name) => /^(?:enrollments|credits)\./.test(name));
}

function textOf({ action, field, value, by, source, at }: LateChange): string {
  const who = source ?? by ?? 'an admin';
  const when = `${at.slice(0, 16).replace('T', ' ')} UTC`;
  if (field === null) return `${action} (${who}, ${when})`;
  const is =
    value === null ? 'empty' : typeof value === 'string' ? shown(value) : JSON.stringify(value);
  return `${field} is ${is} (${who}, ${when})`;
}
