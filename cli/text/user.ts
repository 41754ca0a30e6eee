import type { FieldOrigin, HistoryEvent } from '../../operations/users/userHistory';
import type { AccessReason, ShownUser, UserMerge } from '../../domain/access';
import { printable } from '../../domain/shown';
import type { UserRecords } from '../../operations/records/recordViews';
import { nameOf, OUTSIDE, type UserView } from '../../domain/users/userView';
import { verbatim } from '../../wording/called';
import { pairs, table, type Cell, minute } from '../output';
import { changeText } from './change';

/** A list of users for people. */
export function usersText(users: readonly UserView[]): string {
  if (users.length === 0) return 'No users.\n';
  return table(
    ['code', 'name', 'login', 'e-mail', 'status', 'organization', 'department', 'id'],
    users.map((user) => [
      user.code,
      nameOf(user),
      user.login,
      user.email,
      user.status,
      user.organization,
      user.department,
      user.id,
    ]),
  );
}

/** One user for people: the fields with a value, and the user's state. */
export function userText(user: UserView & Partial<ShownUser & UserRecords>): string {
  const { properties, identities, sticky, managerOutside, access, merges = [], ...rest } = user;
  const { enrollments: _, enrollmentCount: __, credits: ___, creditCount: ____, ...fields } = rest;
  const plain = Object.entries(fields).filter(
    ([name, value]) => value !== null && value !== false && !HIDDEN.has(name),
  );
  return [
    pairs([
      ...plain.map(([name, value]): [string, Cell] => [name, String(value)]),
      ...(managerOutside === true ? [['manager', OUTSIDE] satisfies [string, Cell]] : []),
      ...Object.entries(properties).map(([key, value]): [string, Cell] => [
        `properties.${key}`,
        String(value),
      ]),
      ...identities.map(({ source, externalId }): [string, Cell] => [
        `number in ${source}`,
        externalId,
      ]),
      ...(access === undefined
        ? []
        : [['can sign in', ACCESS_WORDS[access.reason]] satisfies [string, Cell]]),
      ['set by hand', sticky.length === 0 ? null : sticky.join(', ')],
    ]),
    mergedText(user.id, merges),
    user.mergedIntoId === null
      ? ''
      : `merged into user ${user.mergedIntoId}\nnext: rollcall users show ${user.mergedIntoId}\n`,
  ].join('');
}
/** The accounts that the user absorbed, or the merge in which it was absorbed, each with what takes it back. */
function mergedText(id: string, merges: readonly UserMerge[]): string {
  const called = ({ name, code, id: user }: UserMerge['survivor']): string =>
    name === null ? (code ?? user) : code === null ? name : `${name} (${code})`;
  return merges
    .map(({ mergeId, state, survivor, absorbed, mergedAt }) => {
      const what =
        absorbed.id === id ? `merged into ${called(survivor)}` : `absorbed ${called(absorbed)}`;
      const back = state === 'merged' ? `: rollcall users unmerge ${mergeId}` : '';
      return `${verbatim(printable(`${what}, ${mergedAt.slice(0, 10)}`))}${back}\n`;
    })
    .join('');
}

/** Whether a user can sign in, and why. */
export const ACCESS_WORDS: Readonly<Record<AccessReason, string>> = {
  active: 'yes',
  inactive: 'no: inactive',
  before_first_day: 'no: before the first day',
  after_last_day: 'no: after the last day',
  merged: 'no: merged into another user',
  erased: 'no: erased',
};
/** Ids that are left out, because the codes are shown. */
const HIDDEN = new Set(['organizationId', 'managerId']);

/** Where each value comes from, for people. */
export function originsText(origins: readonly FieldOrigin[], user: UserView): string {
  return table(
    ['field', 'value', 'from', 'run', 'since (UTC)', 'set by hand', 'decided by'],
    origins.map(({ field, value, source, actor, runId, at, sticky, decidedBy }) => [
      field,
      field === 'manager' && user.managerOutside === true ? OUTSIDE : shown(value),
      source ?? `${actor ?? 'a person'}, by hand`,
      runId === null ? '' : runId,
      minute(at),
      sticky ? 'yes' : '',
      decidedBy ?? '',
    ]),
  );
}

/** What happened to a user, newest first, for people. */
export function historyText(events: readonly HistoryEvent[]): string {
  if (events.length === 0) return 'Nothing is recorded.\n';
  return table(
    ['when (UTC)', 'what', 'who', 'run', 'changed'],
    events.map(({ at, action, actor, source, runId, runKind, ...what }) => [
      minute(at),
      `${whatText(action, runKind)}${what.absorbedId === undefined ? '' : ' (absorbed account)'}`,
      source === null || source === 'admin' || runKind === 'merge'
        ? actor
        : `${source} (${actor ?? '-'})`,
      runId ?? '',
      changedText({ action, source, ...what }),
    ]),
  );
}

function whatText(action: string, runKind: HistoryEvent['runKind']): string {
  if (runKind === 'merge' && action === 'update') return 'merge';
  return runKind === 'undo' ? `${action} (undo)` : action.replace(/^user\./, '');
}

function changedText(
  event: Pick<HistoryEvent, 'action' | 'door' | 'source' | 'fields' | 'changes' | 'became'>,
): string {
  const { action, door, source, fields, changes, became } = event;
  if (changes !== null && action !== 'user.create') {
    const same = (fields ?? []).filter((field) => !(field in changes));
    return [changesText(changes), ...sameText(action, same)].join('; ');
  }
  // An older build kept no door, and no values.
  if (action === 'user.edit' && door !== null) return sameText(action, fields ?? []).join('');
  if (action === 'create') {
    return source === null ? 'created by a run' : `created by the import of "${source}"`;
  }
  // A value of before 2026-12-02 is known where it still holds, or where a run replaced it.
  const names = (fields ?? [])
    .map((field) =>
      became !== null && field in became ? `${field}: → ${shown(became[field])}` : field,
    )
    .join('; ');
  return action === 'user.create' ? `created by hand: ${names}` : names;
}

/** Fields that an event names without values: an edit gave them the value that they had. */
export function sameText(action: string, fields: readonly string[]): readonly string[] {
  if (action !== 'user.edit' || fields.length === 0) return fields;
  return [`set by hand from now on: ${fields.join(', ')}`];
}

/** What goes with a status, and says no more than it. */
const WITH_STATUS: ReadonlySet<string> = new Set(['deactivatedAt', 'deactivatedReason']);

/** Changed fields, old → new, for people. */
export function changesText(changes: NonNullable<HistoryEvent['changes']>): string {
  return Object.entries(changes)
    .filter(([field]) => !('status' in changes && WITH_STATUS.has(field)))
    .map(([field, [old, next]]) => changeText({ field, old, next, show: shown }))
    .join('; ');
}

/** A value for people. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'object' && 'source' in value && 'externalId' in value) {
    return `${String(value.externalId)} in ${String(value.source)}`;
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
