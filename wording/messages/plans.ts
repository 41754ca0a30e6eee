import { wordForNothing } from '../../domain/files/nothing';
import { failedRowsName } from '../../domain/runs/offers';
import type { Counted, MessageFacts } from '../../domain/runs/messages';
import { shellWord, shown } from '../../domain/shown';
import { counted, grouped, meant, quoted, type Words } from './words';

type PlanCode =
  | 'rejected_before'
  | 'rejections_remembered'
  | 'no_number'
  | 'people_without_number'
  | 'nobody_by_keys'
  | 'not_approved'
  | 'renumbered'
  | 'namesake_left'
  | 'known_by_email'
  | 'manager_unknown'
  | 'manager_names'
  | 'manager_cycle'
  | 'manager_cycle_stands'
  | 'managers_came'
  | 'kept_by_hand'
  | 'protected'
  | 'login_follows'
  | 'login_stays'
  | 'last_day_gone'
  | 'active_elsewhere'
  | 'made_nothing'
  | 'left_since'
  | 'admins_stopped'
  | 'merged_at_source'
  | 'listed_later'
  | 'absorbed_since'
  | 'unmerge_no_key'
  | 'unmerge_newer_first'
  | 'changed_since'
  | 'key_taken_since'
  | 'key_not_free';

const people = (n: number): string => counted(n, 'person', 'people');

const linkedText = (n: number, run: string): string =>
  `${people(n)} ${n === 1 ? 'was' : 'were'} linked to the new number by run ${run}.`;

const unlinkedText = (n: number, run: string): string =>
  `${people(n)} ${n === 1 ? 'was' : 'were'} linked to the new number by run ${run}, and that run was undone. ` +
  `To link ${n === 1 ? 'the person' : 'them'} again`;

const list = (all: readonly Counted[]): string =>
  all.map(([name, n]) => `${name} ${grouped(n)}`).join(', ');

/** What planning and applying found, except conflicts. */
export const PLAN_WORDS = {
  no_number: noNumber,
  people_without_number: peopleWithoutNumber,
  nobody_by_keys: nobodyByKeys,
  known_by_email: ({ run, people: n, linked = 0, linkedBy, undone }) =>
    linkedBy !== undefined
      ? undone === true
        ? `${unlinkedText(linked, linkedBy)}: rollcall runs resolve ${run} --all-by email`
        : linkedText(linked, linkedBy)
      : `${people(n)} of this source ${n === 1 ? 'has' : 'have'} the e-mail of a row that comes with another number; their last names do not differ. ` +
        `If these are the same people, link all of them: rollcall runs resolve ${run} --all-by email`,
  rejected_before: ({ run, people: n, deactivations, reactivations, runs, more }) => {
    const keys = n - deactivations - reactivations;
    const what = [
      deactivations > 0 ? counted(deactivations, 'deactivation', 'deactivations') : '',
      reactivations > 0 ? counted(reactivations, 'reactivation', 'reactivations') : '',
      keys > 0
        ? counted(keys, 'change of an e-mail or a login', 'changes of e-mails or logins')
        : '',
    ];
    const where = `${runs.length === 1 && !more ? 'run' : 'runs'} ${runs.join(', ')}${more ? ' and earlier ones' : ''}`;
    return (
      `Changes that were rejected in ${where} come again: ${what.filter((part) => part !== '').join(', ')}. ` +
      `To see ${n === 1 ? 'it' : 'each of them'}: rollcall runs diff ${run} --gate rejected_before.` +
      (deactivations > 0
        ? ' To keep a person out of deactivations by sources for good: rollcall users protect USER'
        : '')
    );
  },
  rejections_remembered: ({ people: n, others = 0 }) =>
    `${others === 0 ? counted(n, 'deactivation was', 'deactivations were') : `${counted(n, 'deactivation', 'deactivations')} and ${counted(others, 'reactivation or change of an e-mail or a login', 'reactivations or changes of an e-mail or a login')} were`} rejected. If the source says the same again, ` +
    'that run is put on hold. To keep a person out of deactivations by sources for good: rollcall users protect USER',
  not_approved: ({ run, entries: n, of, first, again }) => {
    const named = first.map(({ action, who, name }) =>
      [action, name, name === null || who === null ? who : `(${who})`]
        .filter((part) => part !== null)
        .join(' '),
    );
    const [one, more] = [n === 1, n > first.length ? `, and ${String(n - first.length)} more` : ''];
    return (
      `${counted(n, 'change', 'changes')} of this plan (${list(of)}) ${one ? 'was' : 'were'} not approved and ` +
      `${one ? 'is' : 'are'} rejected: ${named.join(', ')}${more}. ` +
      (again ? `A later read that says the same plans ${one ? 'it' : 'them'} again. ` : '') +
      `To see ${one ? 'it' : 'them'}: rollcall runs diff ${run} --state rejected`
    );
  },
  renumbered: ({ run, people: n, pairs, decided, linked = 0, linkedBy, undone }) => {
    const named = pairs.map(
      ({ was, is, name }) => `${quoted(was)} → ${quoted(is)}${name === null ? '' : ` (${name})`}`,
    );
    const more = n > pairs.length ? ` and ${String(n - pairs.length)} more` : '';
    const each = n === 1 ? 'the same person' : 'the same people';
    if (decided === true || linkedBy !== undefined) {
      const what =
        linkedBy === undefined
          ? 'This was decided with the run.'
          : undone === true
            ? `${unlinkedText(linked, linkedBy)}: rollcall runs resolve ${run} --renumbered`
            : linkedText(linked, linkedBy);
      const rest = linked > 0 && linked < n && decided !== true && undone !== true;
      return (
        `${people(n)} of this read seemed to be known to this source under another number: ` +
        `${named.join(', ')}${more}. ${what}` +
        (rest ? ` To see those who are left: rollcall runs diff ${run} --gate renumbered` : '')
      );
    }
    return (
      `${people(n)} would be created, though this source seems to know ${n === 1 ? 'the person' : 'them'} ` +
      `under another number: ${named.join(', ')}${more}. ` +
      `If these are ${each}, link ${n === 1 ? 'the numbers' : 'all of them'}: rollcall runs resolve ${run} --renumbered. ` +
      `To see ${n === 1 ? 'who it is' : 'each of them'}: rollcall runs diff ${run} --gate renumbered`
    );
  },
  namesake_left: ({ run, source, people: n, pairs }) => {
    const named = pairs.map(({ was, is, name }) => `${quoted(was)} → ${quoted(is)} (${name})`);
    const [first] = pairs;
    return (
      `${people(n)} of this read ${n === 1 ? 'gets a new account and has' : 'get new accounts and have'} the ` +
      `name of a person whose row says that they left: ${named.join(', ')}${n > pairs.length ? ', …' : ''}. ` +
      `If ${n === 1 ? 'it is one person' : 'these are the same people'} who came back, reject or undo this run ` +
      `(rollcall runs undo ${run}), link the new number to the known account, and import the file again: ` +
      `rollcall users link ${shellWord(first?.was ?? '')} --source ${shellWord(source)} ` +
      `--external-id ${shellWord(first?.is ?? '')}`
    );
  },
  manager_unknown: unknownManager,
  manager_names: ({ people: n, refs, names, source }, { column }) =>
    `${source === null ? `The column ${column ?? 'manager'}` : `The manager of ${source}`} holds names ` +
    `(${names.map(quoted).join(', ')}${refs > names.length ? ', …' : ''}), and nobody is found by a name, ` +
    `so ${people(n)} ${n === 1 ? 'keeps' : 'keep'} the manager that they have. Managers are found by their ` +
    'number, code, e-mail or login: put one of these into that column.',
  manager_cycle: (o) => circle(o, 'It is imported like that.'),
  manager_cycle_stands: (o) => circle(o, 'It was imported like that from an earlier file.'),
  managers_came: ({ people: n }) =>
    n === 1
      ? '1 person from an earlier import now gets their manager, who comes with this file. The person counts as 1 more row of this run.'
      : `${grouped(n)} people from an earlier import now get their managers, who come with this file. They count as ${grouped(n)} more rows of this run.`,
  kept_by_hand: ({ run, fields, people: n, of }) =>
    `${counted(fields, 'field', 'fields')} of ${people(n)} ${fields === 1 ? 'was' : 'were'} set by hand ` +
    `earlier and ${fields === 1 ? 'is' : 'are'} not overwritten (${list(of)}). ` +
    `To see them: rollcall runs diff ${run} --action kept`,
  protected: ({ run, people: n }) =>
    `${people(n)} ${n === 1 ? 'is' : 'are'} protected and ${n === 1 ? 'stays' : 'stay'} active. ` +
    `To see them: rollcall runs diff ${run} --action kept; ` +
    'to end a protection: rollcall users protect USER --off',
  login_follows: ({ run, people: n }) =>
    `${people(n)} ${n === 1 ? 'has' : 'have'} the e-mail as login, so the login changes with it. ` +
    `To see ${n === 1 ? 'it' : 'them'}: rollcall runs diff ${run} --field login`,
  login_stays: ({ people: n, users }) =>
    `${people(n)} ${n === 1 ? 'has' : 'have'} the e-mail as login, but another user has the new e-mail as ` +
    `login, so the login stays as it is: ${users.map(meant).join(', ')}${n > users.length ? ', …' : ''}. ` +
    'To give another login: rollcall users edit USER --login LOGIN',
  last_day_gone: ({ run, people: n, source }) =>
    `${people(n)} ${n === 1 ? 'gets' : 'get'} access back, because ${source ?? 'the file'} has no last day ` +
    `for ${n === 1 ? 'this person' : 'them'} any more. ` +
    `To see ${n === 1 ? 'the person' : 'them'}: rollcall runs diff ${run} --action reactivate`,
  active_elsewhere: elsewhere,
  made_nothing: ({ run, field, word, people: n, words = [word] }) =>
    `${people(n)} would get ${shown(word)} as a value. If it means that there is no value, reject ` +
    `this run and import the file again with --null ${shellWord(words.join(','))}; to see them: ` +
    `rollcall runs diff ${run} --field ${field}`,
  left_since: ({ people: n, source, users }) =>
    `${people(n)} of this retry ${n === 1 ? 'was' : 'were'} missing from a newer read of ${source} and ` +
    `so deactivated; nothing of ${n === 1 ? 'this person' : 'them'} is changed: ` +
    `${users.map(meant).join(', ')}${n > users.length ? ', …' : ''}. If ${n === 1 ? 'the person is' : 'they are'} ` +
    'back, import the file without --retry-of, or: rollcall users activate USER',
  admins_stopped: ({ people: n, users }) =>
    `${people(n)} whom this run deactivates ${n === 1 ? 'is an admin' : 'are admins'}, and may do nothing here ` +
    `while inactive: ${users.map(meant).join(', ')}${n > users.length ? ', …' : ''}. ` +
    'Where the link to the user is wrong: rollcall admins set NAME --user none',
  merged_at_source: ({ user, into }) =>
    `The source merged two people who are two users here: ${user} into ${into}. ` +
    'Both are left as they are. Look at them, then deactivate the one that is not needed: ' +
    `rollcall users show ${user}`,
  listed_later: ({ run, people: n, source }) =>
    `${people(n)} whom this undo deactivates ${n === 1 ? 'is' : 'are'} in later files or reads of ${source}. ` +
    `To see ${n === 1 ? 'this person' : 'them'}: rollcall runs diff ${run} --action deactivate`,
  absorbed_since: ({ people: n, who, user, merge }) =>
    `${who ?? `User ${user}`}${n === 1 ? ' was' : ` and ${people(n - 1)} more were`} created by that run, ` +
    `and other accounts were merged into ${n === 1 ? 'this person' : 'them'} since: ${n === 1 ? 'the person stays' : 'they stay'} ` +
    `active. To undo this, too, take the merge back, then undo the run again: rollcall users unmerge ${merge}`,
  unmerge_no_key: ({ merges: n, merge, user, who, holder }) =>
    `${who ?? `User ${user}`}${n === 1 ? '' : ` and ${people(n - 1)} more`} would have no code, login or e-mail after ` +
    `the unmerge, because ${holder === null ? 'the other account' : holder} has it by now: they stay merged. Give ` +
    `${holder === null ? 'that account' : holder} another one (rollcall users edit), then: rollcall users unmerge ${merge}`,
  unmerge_newer_first: ({ merges: n, merge }) =>
    `${counted(n, 'merge stays', 'merges stay')}, because newer merges of the same people have to be taken back first: ` +
    `rollcall users unmerge ${merge}`,
  changed_since: ({ who, user, merge }, { column }) =>
    `${who ?? `User ${user}`}: ${column ?? ''} stays as it is, because ` +
    (merge === undefined
      ? 'it was changed after that run, or another user keeps the earlier value.'
      : 'a merge changed it after that run.' +
        ` To undo this, too, take the merge back, then undo the run again: rollcall users unmerge ${merge}`),
  key_taken_since: ({ run, source }) =>
    'Another user was given a key of this row after the plan was made. ' +
    (source === null
      ? 'Write the row to a file, to import it again with --retry-of: ' +
        `rollcall runs report ${run} --failed-rows ${failedRowsName(run)}`
      : `The next sync plans it again: rollcall sources sync ${source}`),
  key_not_free: ({ holder, partner, line, entry, again, source }, { column }) =>
    `${holder} still has the ${column ?? ''} of this row: entry ${String(partner)}` +
    `${line === null ? '' : ` (line ${String(line)})`}, which gives it up, was not approved together ` +
    `with this row (entry ${String(entry)}). Read both again and approve them together: ` +
    AGAIN[again](source),
} as const satisfies Words<PlanCode>;

const AGAIN = {
  sync: (source: string) => `rollcall sources sync ${source}`,
  list: (source: string) => `rollcall import FILE --source ${source}`,
  file: () => 'rollcall import FILE',
} as const satisfies Record<MessageFacts['key_not_free']['again'], (source: string) => string>;

function unknownManager(o: MessageFacts['manager_unknown']): string {
  const ref = quoted(o.ref);
  const one = o.people === 1;
  const whose = one ? 'this person' : `${grouped(o.people)} people, of whom this is the first,`;
  const stays = `the manager of ${whose} stays as it is.`;
  if (o.row === null) {
    const here = o.source === null ? 'file' : 'read';
    return (
      `Nobody has the number, e-mail or login ${ref}, neither in this ${here} nor among the users, so ${stays} ` +
      (o.source === null && wordForNothing(o.ref) !== null
        ? `If it means that there is no manager, import the file again with --null ${shellWord(o.ref)}`
        : filledIn(o, 'Import a row of that person'))
    );
  }
  const own =
    o.source === null
      ? `line ${String(o.row.line)} of this file`
      : `row ${String(o.row.line)} of this read`;
  switch (o.row.problem) {
    case 'error':
      return `${ref} is ${own}, and that row has an error, so ${stays} ${filledIn(o, CORRECT)}`;
    case 'conflict':
      return `${ref} is ${own}, and that row is in conflict, so ${stays} ${filledIn(o, CORRECT)}`;
    case 'skip':
      return `${ref} is ${own}, but this run creates nobody, so ${stays}`;
  }
}

const CORRECT = 'Correct that row';

/** The command that sets the manager afterwards. */
function filledIn(o: MessageFacts['manager_unknown'], what: string): string {
  const all = o.people > 1 ? `the manager of all of them` : 'the manager';
  return o.source === null
    ? `${what}, and ${all} is filled in: rollcall import FILE --retry-of ${o.run}`
    : `The next read with a good row of that person fills in ${all}: rollcall sources sync ${o.source} --full`;
}

function noNumber(o: MessageFacts['no_number']): string {
  const { rows, lines, source, key, column, byEmail } = o;
  const one = rows === 1;
  const more = rows > lines.length ? ` and ${String(rows - lines.length)} more` : '';
  const which = `(${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}${more})`;
  const what =
    column === null
      ? `The file has no column ${key}`
      : `${counted(rows, 'row', 'rows')} ${which} ${one ? 'has' : 'have'} no value in the column ${shown(column)}`;
  const found =
    `${one ? 'The person is' : `The ${grouped(rows)} people are`} found by another key, and nobody ` +
    `can notice when ${one ? 'this person is' : 'one of them is'} missing from a later file.`;
  const cure = byEmail
    ? `Add the column, or let the e-mail be the key of the list: rollcall import FILE --source ${source} --key email`
    : `${column === null ? 'Add the column' : 'Fill the column in'} and import the file again.`;
  return `${what}, by which the list ${source} knows its people. ${found} ${cure}`;
}

function peopleWithoutNumber(o: MessageFacts['people_without_number']): string {
  const { run, source, people: n, absent, named } = o;
  const one = n === 1;
  const who = `${one ? '1 active person' : `${grouped(n)} active people`} of the list ${source} ${one ? 'has' : 'have'} no number in it`;
  if (absent === 0) {
    return (
      `${who}. ${one ? 'This person is' : 'They are all'} in this file, but nobody can notice when ` +
      `${one ? 'this person leaves' : 'one of them leaves'}. Give ${one ? 'the person' : 'them'} a number in the file.`
    );
  }
  const more = absent > named.length ? ` and ${String(absent - named.length)} more` : '';
  const [are, they] = absent === 1 ? ['is', 'this person'] : ['are', 'they'];
  return (
    `${who}, and ${String(absent)} of them ${are} not in this file: ${named.map(quoted).join(', ')}${more}. ` +
    `Without a number no file can say whether ${they} left, so ${they} ${absent === 1 ? 'stays' : 'stay'} active. ` +
    `To see ${absent === 1 ? 'who it is' : 'each of them'}: rollcall runs diff ${run} --action skip; ` +
    'to deactivate somebody who left: rollcall users deactivate USER'
  );
}

function nobodyByKeys({ run, rows, lines }: MessageFacts['nobody_by_keys']): string {
  const one = rows === 1;
  const more = rows > lines.length ? ` and ${String(rows - lines.length)} more` : '';
  return (
    `${counted(rows, 'row', 'rows')} (${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}${more}) ` +
    `${one ? 'has' : 'have'} no number, did not go through, and ${one ? 'has' : 'have'} no key of a user. ` +
    `${one ? 'It' : 'They'} may be about people who would be deactivated because they seem to be missing. ` +
    `Fill in the ${one ? 'number' : 'numbers'} and import the file again. If other people are meant, ` +
    `approve the run: rollcall runs approve ${run}`
  );
}

function circle(o: MessageFacts['manager_cycle'], since: string): string {
  const alone = o.circle.length === 0;
  const way = o.circle.map(
    ({ who, line }) => ` → ${who}${line === undefined ? '' : ` (line ${String(line)})`}`,
  );
  const what = alone
    ? `${o.who} is their own manager`
    : `The managers form a circle: ${o.who}${way.join('')}${o.more ? ' → …' : ''} → ${o.who}`;
  return (
    `${what}. ${since} You probably want to change it: name another manager (or <clear>) in ` +
    `${alone ? 'this row' : 'one of these rows'} and import the file again, ` +
    `or: rollcall users edit ${o.named} --clear manager`
  );
}

function elsewhere(o: MessageFacts['active_elsewhere']): string {
  const one = o.people === 1;
  const what = o.deactivates
    ? `${people(o.people)} whom this run deactivates ${one ? 'is' : 'are'} active in another source ` +
      `(${list(o.elsewhere)}). To see them: rollcall runs diff ${o.run} --action deactivate`
    : `${people(o.people)} of this read ${one ? 'stays' : 'stay'} inactive, ` +
      `because they are missing from another source (${list(o.elsewhere)})`;
  const others = o.elsewhere.map(([name]) => name).join(',');
  const order = o.deactivates ? `${others},${o.source}` : `${o.source},${others}`;
  const decide = o.decided
    ? 'to see which source decides the status: rollcall sources mastering'
    : `to let ${o.deactivates ? 'the other source' : 'this source'} decide: ` +
      `rollcall sources mastering status --sources ${order}`;
  const silent = o.silent
    ? '; a list without a status column cannot decide it; to keep somebody active: ' +
      'rollcall users activate USER'
    : '';
  return `${what}; ${decide}${silent}`;
}
