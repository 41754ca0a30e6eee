import type { MeantUser } from '../../domain/runs/messages';
import { quoted, type Words } from './words';

type ConflictCode =
  | 'same_person_twice'
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

const ids = (users: readonly MeantUser[]): string => users.map(({ id }) => id).join(', ');

/** The command that takes the row as each of the users. */
const each = (o: Entry & { readonly users: readonly MeantUser[] }): string =>
  o.users.map(({ id }) => `${resolve(o)} --user ${id}`).join(' or ');

/** How the row becomes a new user; `less`: what that one goes without. */
function create(
  o: Entry & { readonly free: boolean; readonly source: string | null },
  less = '',
): string {
  if (o.free) return `${less}: ${resolve(o)} --create`;
  const again =
    o.source === null
      ? ', and import it again'
      : `, at the source, and read it again: rollcall sources sync ${o.source}`;
  return `: give the row a code, login or e-mail that nobody has${again}`;
}

const WITHOUT = ', who goes without it';

const row = (line: number | null): string =>
  line === null ? 'Another row' : `Line ${String(line)}`;

/** Why rows were not let through by matching, and the command that settles each. */
export const CONFLICT_WORDS = {
  same_person_twice: ({ other, numbers }, { column }) => {
    const same = `Line ${String(other)} has the same ${column ?? ''}`;
    return numbers === null
      ? `${same}, so both rows are about one person, and they say different things. Keep one of them.`
      : `${same}, but another number: ${quoted(numbers[0])} there, ${quoted(numbers[1])} here. ` +
          'Two people cannot share it, so neither row was taken: correct one of them, ' +
          `or leave its ${column ?? ''} empty.`;
  },
  ambiguous: (o) =>
    `The keys of this row belong to different users: ${ids(o.users)}. Say who it is: ` +
    `${each(o)}; somebody new${create(o)}`,
  other_identity: (o, { column }) =>
    `User ${ids(o.users)} has ${column === null ? 'a key' : `the ${column}`} of this row, ` +
    `but is known to this source under another id. The same person: ${each(o)}; ` +
    `somebody else${create(o, WITHOUT)}`,
  two_rows: (o) =>
    `${row(o.other)} leads to user ${ids(o.users)}, too. Keep one of them; ` +
    `to take this one: ${each(o)}`,
  key_taken: (o, { column }) =>
    `${column === null ? 'A key' : `The ${column}`} of this row belongs to user ` +
    `${ids(o.users)}, who keeps it. ` +
    (o.own === null
      ? `The same person: ${each(o)}; somebody else${create(o, WITHOUT)}`
      : `To take the row without it: ${resolve(o)} --user ${o.own}`),
  key_twice: ({ other }) =>
    `${row(other)} would give somebody else the same login. Give one of them another.`,
  no_key: () => 'A new user needs a code, a login or an e-mail: fill one of them in.',
  no_key_left: ({ users }) =>
    `Without code, login and e-mail nobody could find user ${ids(users)} again. ` +
    'Keep one of them.',
} as const satisfies Words<ConflictCode>;
