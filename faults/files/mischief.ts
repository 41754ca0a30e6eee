import type { Dice } from '../sync/chance';
import { works, type Company } from './company';
import type { Form } from './form';

export type { Form };

/** A row as it is written, and the person that it is about. */
export interface Written {
  /** Undefined: the line is no person. */
  readonly key: number | undefined;
  readonly number: string;
  readonly first: string;
  readonly last: string;
  readonly email: string;
  readonly department: string;
  readonly status: 'Active' | 'Inactive' | '';
  readonly firstDay: string;
  readonly lastDay: string;
  /** A stint that is over, of a person who has come back. */
  readonly former: boolean;
  /** The header once more, instead of a row. */
  readonly header?: true;
}

/** What says who a row is, as the source knows it; '': the row has no number. */
export function idIn({ key }: Pick<Form, 'key'>, row: Pick<Written, 'number' | 'email'>): string {
  if (key === 'email') return row.email.toLowerCase();
  return key === 'login' ? row.number.toLowerCase() : row.number;
}

/** What an exporter does wrong, in words. */
export const MISCHIEFS = {
  zeros: 'zeros in front are lost',
  point: '.0 behind numbers',
  apostrophe: 'an apostrophe in front of numbers',
  letterCase: 'numbers in other letters',
  noNumbers: 'numbers are left out',
  exponent: 'numbers in exponent form',
  repeated: 'rows are repeated',
  bothStints: 'leaver and rehire rows are both listed',
  staleStatus: 'leavers and later joiners are called active',
  nullWords: 'a word for nothing instead of values',
  totals: 'total rows',
  header: 'the header is repeated',
  short: 'the file ends early',
  lostLetters: 'names of nothing but question marks',
  oneMissing: 'a number is missing from one read',
  badDay: 'a day that cannot be read',
  none: 'nothing',
} as const;
export type Mischief = keyof typeof MISCHIEFS;

export function isMischief(text: string): text is Mischief {
  return Object.hasOwn(MISCHIEFS, text);
}

export const ALL_MISCHIEFS: readonly Mischief[] = Object.keys(MISCHIEFS).filter(isMischief);

interface Scene {
  readonly company: Company;
  readonly form: Form;
  readonly today: string;
  readonly dice: Dice;
  /** People whom the source knows by two numbers. */
  readonly twice: ReadonlySet<number>;
  /** People who were missing from a read since one that had them was applied. */
  readonly missed: ReadonlySet<number>;
}

/** The rows as they should be. */
export function honestRows({ company, form, today, dice }: Scene): Written[] {
  const rows: Written[] = [];
  for (const p of company.people()) {
    const there = works(p, today);
    const later = p.firstDay > today;
    // A form without days lists later joiners only once they are there.
    if (!there && (later ? !form.days : form.leavers === 'dropped')) continue;
    const row: Written = {
      key: p.key,
      number: p.bare && form.key !== 'email' ? '' : p.number,
      first: p.first,
      last: p.last,
      email: p.bare && form.key === 'email' ? '' : p.email,
      department: p.department,
      status: form.status ? (there ? 'Active' : 'Inactive') : '',
      firstDay: form.days ? p.firstDay : '',
      lastDay: form.days ? p.lastDay : '',
      former: false,
    };
    rows.push(row);
    if (there && p.secondJob !== '') rows.push({ ...row, department: p.secondJob });
  }
  return dice.often(0.5) ? rows : rows.reverse();
}

/** The rows with a mischief, or null where it cannot be played. */
export function spoilt(mischief: Mischief, rows: readonly Written[], s: Scene): Written[] | null {
  switch (mischief) {
    case 'zeros':
      return rewritten(rows, s, (n) => n.replace(/^0+(?=\d)/, ''));
    case 'point':
      return rewritten(rows, s, (n) => (/^\d+$/.test(n) ? `${n}.0` : n));
    case 'apostrophe':
      return rewritten(rows, s, (n) => `'${n}`);
    case 'letterCase':
      return s.form.key === 'email'
        ? changed(rows, (row) => ({ ...row, email: row.email.toUpperCase() }))
        : rewritten(rows, s, (n) => n.toLowerCase());
    case 'noNumbers':
      return withoutNumbers(rows, s);
    case 'exponent':
      return rewritten(rows, s, (n) => (/^[1-9]\d*0{4,}$/.test(n) ? exponentOf(n, s.dice) : n));
    case 'repeated':
      // Before the others: totals stay at the end.
      return rows.length === 0 ? null : [...some(rows.filter(isPerson), s.dice, 3), ...rows];
    case 'bothStints':
      return bothStints(rows, s);
    case 'staleStatus':
      return changed(rows, (row) =>
        row.status === 'Inactive' ? { ...row, status: 'Active' } : row,
      );
    case 'nullWords':
      return nullWords(rows, s.dice);
    case 'totals':
      return [...rows, total('Total'), total('End of report')];
    case 'header':
      return rows.length < 2 ? null : withHeader(rows, s.dice);
    case 'short':
      return rows.length < 8
        ? null
        : rows.slice(0, Math.floor(rows.length * (0.3 + s.dice.next() * 0.4)));
    case 'lostLetters':
      return changed(rows, (row) =>
        s.dice.often(0.3) ? { ...row, first: masked(row.first), last: masked(row.last) } : row,
      );
    case 'oneMissing':
      return oneMissing(rows, s);
    case 'badDay':
      return badDay(rows, s.dice);
    case 'none':
      return [...rows];
  }
}

function isPerson({ key }: Written): boolean {
  return key !== undefined;
}

/** Numbers are written otherwise: those of all people, of a half, or of one. */
function rewritten(
  rows: readonly Written[],
  { dice }: Scene,
  as: (number: string) => string,
): Written[] | null {
  const share = dice.pick([1, 0.5, 0]);
  const chosen = rows.length === 0 ? undefined : dice.pick(rows).number;
  // Every row of a number, as two people may have 7 and 007.
  const all = [...new Set(rows.map(({ number }) => number))];
  const those = new Set(all.filter((number) => number === chosen || dice.often(share)));
  return changed(rows, (row) =>
    row.number !== '' && those.has(row.number) ? { ...row, number: as(row.number) } : row,
  );
}

/** The key of all people, of a half, or of one is empty. */
function withoutNumbers(
  rows: readonly Written[],
  { company, dice, form }: Scene,
): Written[] | null {
  const share = dice.pick([1, 0.5, 0]);
  const chosen = rows.length === 0 ? undefined : dice.pick(rows).key;
  const empty = form.key === 'email' ? { email: '' } : { number: '' };
  return changed(rows, (row) =>
    isPerson(row) &&
    (row.key === chosen || dice.often(share)) &&
    company.find(row.key ?? -1)?.swapped !== true
      ? { ...row, ...empty }
      : row,
  );
}

/** As spreadsheets and R write it. */
function exponentOf(number: string, dice: Dice): string {
  const value = Number(number);
  const [digits = '1', power = '0'] = value.toExponential(dice.pick([0, 2])).split('e+');
  return `${digits}${dice.pick(['E', 'e'])}+${power.padStart(2, '0')}`;
}

function bothStints(rows: readonly Written[], { company, form, today }: Scene): Written[] | null {
  if (!form.status && !form.days) return null;
  const former = rows.flatMap((row): Written[] => {
    const p = row.key === undefined ? undefined : company.find(row.key);
    const stint = p?.former.at(-1);
    if (p === undefined || stint === undefined || !works(p, today)) return [];
    return [
      {
        ...row,
        number: row.number === '' ? '' : stint.number,
        status: form.status ? 'Inactive' : '',
        firstDay: form.days ? stint.first : '',
        lastDay: form.days ? stint.last : '',
        former: true,
      },
    ];
  });
  return former.length === 0 ? null : [...former, ...rows];
}

const NULLS = ['NULL', 'N/A', '#N/A', 'None', '-'];

/** All departments, some of them, or all e-mails. */
function nullWords(rows: readonly Written[], dice: Dice): Written[] | null {
  const word = dice.pick(NULLS);
  const share = dice.pick([1, 0.4, 0.1]);
  if (dice.often(0.2))
    return changed(rows, (row) => (row.email === '' ? row : { ...row, email: word }));
  return changed(rows, (row) => (dice.often(share) ? { ...row, department: word } : row));
}

function total(number: string): Written {
  return {
    ...{ key: undefined, number, first: '', last: '', email: '', department: '' },
    ...{ status: '', firstDay: '', lastDay: '', former: false },
  };
}

function withHeader(rows: readonly Written[], dice: Dice): Written[] {
  const at = 1 + dice.below(rows.length - 1);
  return [...rows.slice(0, at), { ...total(''), header: true }, ...rows.slice(at)];
}

/** A person with two numbers is left out, if there is one; otherwise anybody. */
function oneMissing(rows: readonly Written[], s: Scene): Written[] | null {
  const { dice, twice, missed, form } = s;
  // One complete file of a list is enough to say that a person is absent; so are two reads of a system.
  if (form.kind === 'list' || form.kind === 'upload' || rows.length < 4) return null;
  const may = rows.filter(({ key }) => key !== undefined && !missed.has(key));
  const known = may.filter(({ key }) => key !== undefined && twice.has(key));
  if (may.length === 0) return null;
  const { key } = dice.pick(known.length > 0 ? known : may);
  return rows.filter((row) => row.key !== key);
}

function badDay(rows: readonly Written[], dice: Dice): Written[] | null {
  const dated = rows.filter(({ firstDay, former }) => firstDay !== '' && !former);
  if (dated.length === 0) return null;
  const { key } = dice.pick(dated);
  return rows.map((row) => (row.key === key ? { ...row, lastDay: 'soon' } : row));
}

function changed(rows: readonly Written[], by: (row: Written) => Written): Written[] | null {
  const next = rows.map(by);
  return next.some((row, i) => JSON.stringify(row) !== JSON.stringify(rows[i])) ? next : null;
}

function some(rows: readonly Written[], dice: Dice, most: number): Written[] {
  return Array.from({ length: 1 + dice.below(most) }, () => dice.pick(rows));
}

function masked(name: string): string {
  return '?'.repeat(name.length);
}
