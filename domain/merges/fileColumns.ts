import { normalName } from '../files/columns';

/** The columns of a file of pairs; others are passed over. */
export const PAIR_COLUMNS = [
  {
    name: 'survivor',
    aliases: ['keep', 'kept', 'primary', 'main', 'master', 'survivor id', 'survivor code', 'into'],
    about: 'the user who stays: code, login, e-mail or id',
    required: true,
  },
  {
    name: 'redundant',
    aliases: ['duplicate', 'absorbed', 'secondary', 'redundant id', 'redundant code', 'obsolete'],
    about: 'the user who is absorbed',
    required: true,
  },
  {
    name: 'take',
    aliases: ['choices', 'choose'],
    about: 'whose value counts, such as email=redundant; course:SAFETY=redundant',
    required: false,
  },
  {
    name: 'reason',
    aliases: ['why', 'comment'],
    about: 'the reason, kept with the merge',
    required: false,
  },
] as const;
export type PairColumn = (typeof PAIR_COLUMNS)[number]['name'];

const BY_NAME: ReadonlyMap<string, PairColumn> = new Map(
  PAIR_COLUMNS.flatMap(({ name, aliases }) =>
    [name, ...aliases].map((called): [string, PairColumn] => [normalName(called), name]),
  ),
);

/** The column that a header stands for; `undefined`: of none. */
export function pairColumnOf(header: string): PairColumn | undefined {
  return BY_NAME.get(normalName(header));
}

/** Every header of a file of pairs, by which its header line is found. */
export const PAIR_HEADERS: readonly string[] = PAIR_COLUMNS.flatMap(({ name, aliases }) => [
  name,
  ...aliases,
]);

/** The most pairs of one file. */
export const MAX_PAIRS = 100_000;
