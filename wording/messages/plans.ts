import { failedRowsName } from '../../domain/runs/offers';
import type { Counted, MessageFacts } from '../../domain/runs/messages';
import { counted, quoted, type Words } from './words';

type PlanCode =
  | 'manager_unknown'
  | 'manager_cycle'
  | 'manager_cycle_stands'
  | 'managers_came'
  | 'kept_by_hand'
  | 'protected'
  | 'active_elsewhere'
  | 'merged_at_source'
  | 'changed_since'
  | 'key_taken_since'
  | 'key_not_free';

const people = (n: number): string => counted(n, 'person', 'people');

const list = (all: readonly Counted[]): string =>
  all.map(([name, n]) => `${name} ${String(n)}`).join(', ');

/** What planning and applying found, besides conflicts. */
export const PLAN_WORDS = {
  manager_unknown: unknownManager,
  manager_cycle: (o) => circle(o, 'It is set as the file says.'),
  manager_cycle_stands: (o) => circle(o, 'It is so since an earlier file.'),
  managers_came: ({ people: n }) =>
    n === 1
      ? '1 person was imported before their manager was there. The manager comes with this file and is set now; the person counts as one more row of this run.'
      : `${String(n)} people were imported before their managers were there. The managers come with this file and are set now; these people count as ${String(n)} more rows of this run.`,
  kept_by_hand: ({ run, fields, people: n, of }) =>
    `${counted(fields, 'field', 'fields')} of ${people(n)} kept as set by hand (${list(of)}). ` +
    `Whose: rollcall runs diff ${run} --action kept`,
  protected: ({ run, people: n }) =>
    `${people(n)} ${n === 1 ? 'stays' : 'stay'} active: whom a hand protected, no source ` +
    'deactivates (rollcall users protect USER --off ends that). ' +
    `Whose: rollcall runs diff ${run} --action kept`,
  active_elsewhere: elsewhere,
  merged_at_source: ({ user, into }) =>
    `The source merged two people into one, who are two users here: ${user} went into ${into}. ` +
    'Nothing was done to the former. Look at both, then deactivate the one that is not needed: ' +
    `rollcall users show ${user}`,
  changed_since: ({ who, user }, { column }) =>
    `${who ?? `User ${user}`}: ${column ?? ''} was changed since and stays as it is.`,
  key_taken_since: ({ run, source }) =>
    'Somebody else was given a key of this row since the plan was made. ' +
    (source === null
      ? 'This writes it to a file, to import with --retry-of: ' +
        `rollcall runs report ${run} --failed-rows ${failedRowsName(run)}`
      : `The next sync plans it anew: rollcall sources sync ${source}`),
  key_not_free: ({ holder, partner, line, entry, again, source }, { column }) =>
    `The ${column ?? ''} of this row is not free: ${holder} was to give it up by entry ` +
    `${String(partner)}${line === null ? '' : ` (line ${String(line)})`}, which was not approved ` +
    `together with entry ${String(entry)} (this row). Both come again with the next read: ` +
    `${AGAIN[again](source)}. Approve both then.`,
} as const satisfies Words<PlanCode>;

const AGAIN = {
  sync: (source: string) => `rollcall sources sync ${source}`,
  list: (source: string) => `rollcall import FILE --source ${source}`,
  file: () => 'rollcall import FILE',
} as const satisfies Record<MessageFacts['key_not_free']['again'], (source: string) => string>;

function unknownManager(o: MessageFacts['manager_unknown']): string {
  const who = quoted(o.ref);
  const whose =
    o.people === 1 ? 'this person' : `${String(o.people)} people, of whom this is the first,`;
  const stays = `the manager of ${whose} stays as it is.`;
  if (o.row === null) {
    const here = o.source === null ? 'file' : 'read';
    return (
      `Nobody has the code ${who}, neither in this ${here} nor in the store: ${stays} ` +
      sets(o, 'A file with a row for that code')
    );
  }
  const own =
    o.source === null
      ? `line ${String(o.row.line)} of this file`
      : `row ${String(o.row.line)} of this read`;
  switch (o.row.problem) {
    case 'error':
      return `${who} is ${own}, which has an error: ${stays} ${sets(o, MENDED)}`;
    case 'conflict':
      return `${who} is ${own}, which is in conflict: ${stays} ${sets(o, MENDED)}`;
    case 'skip':
      return `${who} is ${own}, but this run creates nobody: ${stays}`;
  }
}

const MENDED = 'That row, once mended,';

/** What sets a manager after all. */
function sets(o: MessageFacts['manager_unknown'], what: string): string {
  const all = o.people > 1 ? ' for all of them' : '';
  return o.source === null
    ? `${what} sets it${all}: rollcall import FILE --retry-of ${o.run}`
    : `The next read with a good row of that person sets it${all}: rollcall sources sync ${o.source} --full`;
}

function circle(o: MessageFacts['manager_cycle'], since: string): string {
  const alone = o.circle.length === 0;
  const way = o.circle.map(
    ({ who, line }) => ` → ${who}${line === undefined ? '' : ` (line ${String(line)})`}`,
  );
  const what = alone
    ? `${o.who} is named as their own manager`
    : `The managers lead round in a circle: ${o.who}${way.join('')}${o.more ? ' → …' : ''} → ${o.who}`;
  return (
    `${what}. ${since} To break it, name another manager (or <clear>) in ` +
    `${alone ? 'this row' : 'one of these rows'} and import the file again, ` +
    `or: rollcall users edit ${o.named} --clear manager`
  );
}

function elsewhere(o: MessageFacts['active_elsewhere']): string {
  const one = o.people === 1;
  const what = o.deactivates
    ? `${people(o.people)} whom this run deactivates ${one ? 'is' : 'are'} still listed elsewhere ` +
      `(${list(o.elsewhere)}): rollcall runs diff ${o.run} --action deactivate`
    : `${people(o.people)} of this read ${one ? 'stays' : 'stay'} inactive, ` +
      `since another source has lost them (${list(o.elsewhere)})`;
  const others = o.elsewhere.map(([name]) => name).join(',');
  const order = o.deactivates ? `${others},${o.source}` : `${o.source},${others}`;
  const decide = o.decided
    ? 'Who decides the status: rollcall sources mastering'
    : `Where ${o.deactivates ? 'those' : 'this one'} should decide: ` +
      `rollcall sources mastering status --sources ${order}`;
  const silent = o.silent
    ? '; a list that says nothing of the status has no say in it: ' +
      'rollcall users activate USER keeps somebody active'
    : '';
  return `${what}. ${decide}${silent}`;
}
