import type { MeantUser } from '../../domain/runs/messages';
import { grouped, meant, quoted, type Words } from './words';

type ConflictCode =
  | 'same_person_twice'
  | 'shared_email'
  | 'ambiguous'
  | 'other_identity'
  | 'two_rows'
  | 'key_taken'
  | 'key_twice'
  | 'no_key'
  | 'no_key_left';

interface Entry {
  readonly run: string;
  readonly entry: number;
}

const resolve = ({ run, entry }: Entry): string =>
  `rollcall runs resolve ${run} --entry ${String(entry)}`;

const all = (users: readonly MeantUser[]): string => users.map(meant).join(' and ');

/** The commands that resolve the row as each of the users. */
const each = (o: Entry & { readonly users: readonly MeantUser[] }): string =>
  o.users.map(({ id }) => `${resolve(o)} --user ${id}`).join(' or ');

/** The command that makes the row a new user; `less`: the key that this user does without. */
function create(
  o: Entry & { readonly free: boolean; readonly source: string | null },
  less: string | null = null,
): string {
  if (o.free) {
    const without = less === null ? '' : `, who is then created without ${less}`;
    return `${without}: ${resolve(o)} --create`;
  }
  const again =
    o.source === null
      ? ', then import it again'
      : ` at the source, then read it again: rollcall sources sync ${o.source}`;
  return `: give the row a code, login or e-mail that nobody has${again}`;
}

const row = (line: number | null): string =>
  line === null ? 'Another row' : `Line ${String(line)}`;

/** `this email`, where the key is known. */
const key = (column: string | null): string =>
  column === null ? 'a key of this row' : `the ${column} of this row`;

/** The option that says which row of a person counts. */
const rule = (canRule: boolean | undefined): string =>
  canRule === true
    ? '; or, where people have several rows, say which one counts: --two-rows first, last or COLUMN=VALUE'
    : '';

const listOf = (lines: readonly number[]): string => lines.map(String).join(', ');

/** A part of `--map`; a header with a space is quoted as a whole. */
const mapped = (header: string, field: string): string =>
  /^[\w.-]+$/.test(header) ? `${header}=${field}` : `'${header}=${field}'`;

/** Why matching did not let rows through, and the command that resolves each. */
export const CONFLICT_WORDS = {
  same_person_twice: ({ other, numbers, canRule }, { column }) => {
    const same = `Line ${String(other)} has the same ${column ?? ''}`;
    return numbers === null
      ? `${same}, so both rows are about one person, but they differ. Keep one of them${rule(canRule)}.`
      : `${same} but another number: ${quoted(numbers[0])} there, ${quoted(numbers[1])} here. ` +
          'Two people cannot share it, so neither row was imported. Correct one of them, ' +
          `or leave its ${column ?? ''} empty${rule(canRule)}.`;
  },
  shared_email: ({ rows, email, lines, source }, { column }) => {
    const field = column ?? 'email';
    const first = `${listOf(lines)}${rows > lines.length ? ', …' : ''}`;
    const many =
      `${grouped(rows)} people share the e-mail ${quoted(email)} (lines ${first}). An e-mail belongs to ` +
      'one user, so none of these rows was imported. ';
    return source === null
      ? `${many}Leave the cell empty in these rows: each person is then found by number. If the column ` +
          'holds mailboxes of teams, keep it as a property: ' +
          'rollcall properties create mailbox --type text --name Mailbox; then ' +
          `rollcall import FILE --map ${mapped(field, 'properties.mailbox')}, or leave the column out: ` +
          `--map ${mapped(field, '-')}`
      : `${many}Give each person an e-mail of their own at the source, or map that field to a property.`;
  },
  ambiguous: (o) =>
    `The keys of this row belong to different users: ${all(o.users)}. ` +
    `Say which of them it is: ${each(o)}; if it is a new person${create(o)}`,
  other_identity: (o, { column }) =>
    `${all(o.users)} already has ${key(column)}, but another number at this source. ` +
    `If it is the same person: ${each(o)}; ` +
    `if it is a different person${create(o, column ?? 'that key')}`,
  two_rows: (o) =>
    `${row(o.other)} is also about ${all(o.users)}. Keep one of the rows; ` +
    `to take this one: ${each(o)}`,
  key_taken: (o, { column }) =>
    `${all(o.users)} already has ${key(column)} and keeps it. ` +
    (o.own === null
      ? `If it is the same person: ${each(o)}; ` +
        `if it is a different person${create(o, column ?? 'that key')}`
      : `To take the row without it: ${resolve(o)} --user ${o.own}`),
  key_twice: ({ other }) =>
    `${row(other)} would give another person the same login. Give one of them another login.`,
  no_key: () => 'A new user needs a code, a login or an e-mail: fill one of them in.',
  no_key_left: ({ users }) =>
    `Without code, login and e-mail nobody could find ${all(users)} again. Keep one of them.`,
} as const satisfies Words<ConflictCode>;
