import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { projectRoot } from '../../embedded/paths';
import type { ListUsers } from '../../operations/users/users';

/** One thing that is measured: what the library is asked, and the same by hand where there is such a floor. */
export interface Case {
  readonly name: string;
  /** The most milliseconds that it may take at a million people; `null`: only the floor counts. */
  readonly limitMs: number | null;
  /** By the number of the draw. */
  readonly input: (draw: number) => ListUsers;
  readonly floor?: (draw: number) => { readonly text: string; readonly values: readonly unknown[] };
}

interface ByHand {
  readonly from: string;
  readonly where: string;
  readonly order?: string;
  readonly values?: readonly unknown[];
}

/** The SQL of `bench/floors/users/NAME.sql` with its places filled. */
function byHand(file: 'page' | 'count', o: ByHand): { text: string; values: readonly unknown[] } {
  const text = readFileSync(join(projectRoot(), 'bench', 'floors', 'users', `${file}.sql`), 'utf8')
    .replaceAll('{from}', o.from)
    .replaceAll('{where}', o.where)
    .replaceAll('{order}', o.order ?? '');
  return { text, values: o.values ?? [] };
}

const ACTIVE = `u.status = 'active'`;
const INDEXED = 'user_index s join "user" u on u.id = s.user_id';

interface Sort {
  readonly sort: string;
  /** SQL of the value, and of the id beside it, where the order lies. */
  readonly key: string;
  readonly from: string;
}

const ownSort = (sort: string, key: string): Sort => ({ sort, key, from: '"user" u' });
const indexedSort = (sort: string, column: string): Sort => ({
  sort,
  key: `s.${column}`,
  from: INDEXED,
});

/** Sorts that an index has in order. */
export const SORTS: readonly Sort[] = [
  ownSort('id', 'u.id'),
  ownSort('code', 'u.code'),
  ownSort('login', 'u.login_key'),
  ownSort('email', 'u.email_key'),
  indexedSort('lastName', 'last_name'),
  indexedSort('firstName', 'first_name'),
  indexedSort('displayName', 'display_name'),
  indexedSort('department', 'department'),
  indexedSort('location', 'location'),
  indexedSort('jobTitle', 'job_title'),
  indexedSort('hireDate', 'hire_date'),
  indexedSort('createdAt', 'created_at'),
  indexedSort('deactivatedAt', 'deactivated_at'),
];

const idOf = ({ from }: Sort): string => (from === INDEXED ? 's.user_id' : 'u.id');

function firstPage(sort: Sort): Case {
  return {
    name: `first page by ${sort.sort}`,
    limitMs: 25,
    input: () => ({ sort: sort.sort, status: 'all' }),
    floor: () =>
      byHand('page', { from: sort.from, where: 'true', order: `${sort.key}, ${idOf(sort)}` }),
  };
}

/** The page after so many rows, with the cursor of the row before it. */
async function deepPage(db: Client, sort: Sort, rows: number): Promise<Case> {
  const { rows: found } = await db.query<{ key: string | null; id: string }>(
    `select (${sort.key})::text as key, ${idOf(sort)} as id from ${sort.from}
     order by ${sort.key}, ${idOf(sort)} offset $1 limit 1`,
    [rows - 1],
  );
  const [{ key, id } = { key: null, id: '' }] = found;
  const parts = [sort.sort, sort.sort === 'id' ? null : key, id];
  const cursor = Buffer.from(JSON.stringify(parts)).toString('base64url');
  const isId = sort.sort === 'id';
  return {
    name: `page after ${String(rows)} by ${sort.sort}`,
    limitMs: null,
    input: () => ({ sort: sort.sort, status: 'all', cursor }),
    floor: () =>
      byHand('page', {
        from: sort.from,
        where: isId ? 'u.id > $1' : `(${sort.key}, ${idOf(sort)}) > ($1, $2)`,
        order: isId ? 'u.id' : `${sort.key}, ${idOf(sort)}`,
        values: isId ? [id] : [key, id],
      }),
  };
}

const SEARCHES = {
  frequent: ['anna', 'zoë', 'renée', 'françois'],
  rare: ['schausen', 'kleiski', 'vroind', 'E-123456', 'brauck', 'jouova'],
  'two words': ['anna dupont', 'björn smith', 'grace lee', 'ruth müller'],
  'an accent left out': ['lefevre', 'odegaard', 'nunez', 'dvorak'],
  nobody: ['qqxyzzy', 'xwqk', 'nobodyatall'],
  'two letters': ['an', 'qx', 'ng', 'zq', 'le'],
  Chinese: ['王伟', '李', '伟芳', '高罗', '罗'],
  'part of an address': ['@example', 'ing7@ex', '999999@'],
} as const;

function search(kind: string, words: readonly string[]): Case {
  return {
    name: `search: ${kind}`,
    limitMs: 50,
    input: (draw) => ({ search: words[draw % words.length] ?? '' }),
  };
}

const APPROXIMATE = ['schauseen', 'lefevrre', 'papadopulos', 'kuznezov anna', 'wiliam odegard'];
const INDEXED_FILTERS = [
  'department eq "Sales" and location eq "Berlin" and hireDate ge "2020-01-01"',
  'department eq "Support" and lastName eq "Dupont" and organization eq "ORG7"',
  'organization eq "ORG3" and location eq "Zürich" and properties.text3 eq "v12"',
  'properties.number1 eq 77 and properties.flag1 eq true and department eq "Einkauf"',
  'manager eq "E-1000" and department eq "Sales" and status eq "active"',
  'identities[source eq "csv" and externalId eq "E-77777"] and status eq "active" and id pr',
];
/** Filters by values that no index has, and the same condition by hand. */
const SCANNED: readonly (readonly [filter: string, where: string])[] = [
  [
    'jobTitle co "zzz" and phone pr',
    `position('zzz' in lower(u.job_title collate "und-x-icu")) > 0 and u.phone <> ''`,
  ],
  [
    'properties.number2 lt 3 and properties.number3 gt 990',
    `(case when jsonb_typeof(u.properties -> 'number2') = 'number' then (u.properties ->> 'number2')::numeric end) < 3
     and (case when jsonb_typeof(u.properties -> 'number3') = 'number' then (u.properties ->> 'number3')::numeric end) > 990`,
  ],
];

/** Everything that is measured. `deep`: how many rows are before the deep page. */
export async function casesOf(db: Client, deep: number): Promise<readonly Case[]> {
  const deepPages: Case[] = [];
  for (const sort of SORTS) {
    if (sort.sort === 'deactivatedAt' || sort.sort === 'displayName') continue;
    deepPages.push(await deepPage(db, sort, deep));
  }
  return [
    ...SORTS.map(firstPage),
    ...deepPages,
    ...Object.entries(SEARCHES).map(([kind, words]) => search(kind, words)),
    {
      name: 'search: approximate',
      limitMs: 300,
      input: (draw) => ({ search: APPROXIMATE[draw % APPROXIMATE.length] ?? '' }),
    },
    ...INDEXED_FILTERS.map((filter): Case => ({
      name: `filter: ${filter}`,
      limitMs: 50,
      input: () => ({ filter }),
    })),
    ...SCANNED.map(([filter, where]): Case => ({
      name: `filter: ${filter}`,
      limitMs: null,
      input: () => ({ filter }),
      floor: () =>
        byHand('page', { from: '"user" u', where: `${ACTIVE} and ${where}`, order: 'u.id' }),
    })),
    {
      name: 'count of active people, and a page of one',
      limitMs: null,
      input: () => ({ count: true, limit: 1 }),
      floor: () => byHand('count', { from: '"user" u', where: ACTIVE }),
    },
  ];
}
