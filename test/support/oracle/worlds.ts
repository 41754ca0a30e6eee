import fc from 'fast-check';
import type { Queryable } from '../../../store/database/db';
import { addIdentity, addPerson, editPerson, readWorld, type PersonSeed } from '../builders';
import { keyOf, type ReadRow, type World } from './index';

/**
 * Small worlds in which people share few codes, addresses and logins, so that collisions, swaps,
 * chains and rings are the rule.
 */
const CODES = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'c9'];
const EMAILS = CODES.map((_, i) => `e${String(i)}@x.org`);
const LOGINS = ['l0', 'l1', 'l2', 'l3', 'e0@x.org', 'e1@x.org', 'c1', 'c2'];
const NAMES = ['Ann', 'Bob', 'Čeněk'];
export const ORGANIZATIONS = [
  '00000000-0000-7000-8000-0000000000f1',
  '00000000-0000-7000-8000-0000000000f2',
] as const;
export const LISTS = [
  '00000000-0000-7000-8000-0000000000e1',
  '00000000-0000-7000-8000-0000000000e2',
] as const;

/** The objects that the worlds refer to; created once per test file. */
export async function addReferences(db: Queryable): Promise<void> {
  for (const [i, id] of ORGANIZATIONS.entries()) {
    const code = `org${String(i)}`;
    await db.query(`insert into organization (id, code, code_key, name) values ($1, $2, $2, $2)`, [
      id,
      code,
    ]);
  }
  for (const [i, id] of LISTS.entries()) {
    await db.query(`insert into source (id, name, kind) values ($1, $2, 'list')`, [
      id,
      `list${String(i)}`,
    ]);
  }
  await db.query(
    `insert into property_definition (key, name, type) values ('level', 'Level', 'number')`,
  );
}

const pick = <T>(pool: readonly T[]) => fc.constantFrom(...pool);
const maybe = <T>(value: fc.Arbitrary<T>, freq: number) =>
  fc.option(value, { nil: undefined, freq });

/** The fields that a row or a person may have besides keys. */
const plainValues = fc.record(
  {
    firstName: pick(NAMES),
    department: pick(['Sales', 'IT']),
    status: pick(['active', 'active', 'active', 'inactive']),
    organization: pick(ORGANIZATIONS),
    hireDate: pick(['2020-01-01', '2021-02-03', '2026-12-01']),
    leaveDate: pick(['2020-06-30', '2026-05-31', '2026-12-31', '2030-01-01']),
    'properties.level': pick(['1', '2']),
  },
  { requiredKeys: [] },
);

const email = fc
  .tuple(pick(EMAILS), fc.integer({ min: 0, max: 9 }))
  .map(([address, n]) => (n === 0 ? address.toUpperCase() : address));

/** People who existed before any read: some created only by hand. */
const people = fc.array(
  fc.record({
    keys: fc.record({
      code: maybe(pick(CODES), 2),
      email: maybe(email, 3),
      login: maybe(pick(LOGINS), 2),
    }),
    values: plainValues,
    sticky: fc.uniqueArray(pick(['email', 'login', 'status', 'firstName', 'code', 'manager']), {
      maxLength: 1,
    }),
    protected: fc.boolean().map((b) => b),
    handLinked: fc.integer({ min: 0, max: 5 }),
    mergedInto: fc.integer({ min: 0, max: 12 }),
    ledBy: fc.nat(6),
  }),
  { maxLength: 5 },
);

/** A read in which everybody has a code of their own and most have an address of their own. */
const firstRead = fc
  .record({
    codes: fc.shuffledSubarray(CODES, { minLength: 3, maxLength: 8 }),
    emails: fc.shuffledSubarray(EMAILS, { minLength: 8, maxLength: 10 }),
    values: fc.array(plainValues, { minLength: 8, maxLength: 8 }),
    logins: fc.array(maybe(pick(LOGINS), 1), { minLength: 8, maxLength: 8 }),
    managers: fc.array(maybe(pick([...CODES, 'nobody']), 1), { minLength: 8, maxLength: 8 }),
    withEmail: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 8, maxLength: 8 }),
    /** The list has no column for the status: being listed is all that it says. */
    silent: fc.boolean(),
  })
  .map((r) =>
    r.codes.map((code, i): ReadRow => {
      const values = {
        code,
        email: r.withEmail[i] === 0 ? undefined : r.emails[i],
        login: r.logins[i],
        manager: r.managers[i],
        ...r.values[i],
        ...(r.silent ? { status: undefined } : {}),
      };
      return { line: i + 2, externalId: code, values, clears: [] };
    }),
  );

const index = fc.nat(7);
/** How the next file differs from the last one. */
const change = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('swap' as const),
      a: index,
      b: index,
      field: pick(['email', 'login']),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      from: index,
      field: pick(['email', 'email', 'login']),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('email' as const), a: index, value: email }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('login' as const), a: index, value: pick(LOGINS) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('code' as const), a: index, value: pick(CODES) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('set' as const), a: index, values: plainValues }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('manager' as const),
      a: index,
      value: pick([...CODES, 'nobody']),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('drop' as const), a: index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('again' as const),
      a: index,
      values: maybe(plainValues, 1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      code: maybe(pick(CODES), 4),
      email: maybe(email, 4),
      login: maybe(pick(LOGINS), 1),
      manager: maybe(pick(CODES), 1),
      values: plainValues,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('rehire' as const),
      a: index,
      code: pick(CODES),
      leaves: fc.integer({ min: 0, max: 9 }).map((n) => n !== 0),
      before: fc.boolean(),
      values: plainValues,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('fault' as const), a: index, readable: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('clear' as const),
      a: index,
      field: pick(['email', 'login', 'firstName', 'manager', 'organization', 'properties.level']),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('withoutCode' as const),
      a: index,
      keepId: fc.boolean(),
    }),
  },
);
export type RowChange = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** Edits by hand of the n-th user. */
const edit = fc.record({
  user: fc.nat(11),
  fields: fc.oneof(
    fc.record({ firstName: pick(NAMES) }),
    fc.record({ status: pick(['active', 'inactive']) }),
    fc.record({ email: fc.option(email) }),
    fc.record({ login: fc.option(pick(LOGINS)) }),
    fc.record({ department: pick(['Sales', 'IT', 'HR']) }),
  ),
  sticky: fc.boolean(),
});
export type HandEdit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

const source = fc.constantFrom(0, 0, 0, 1, 2);

/** A world, a first read, edits by hand, and a second read. */
export const story = fc.record({
  people,
  first: firstRead,
  source,
  edits: fc.array(edit, { maxLength: 3 }),
  changes: fc.array(change, { maxLength: 7 }),
  /** People whose row is missing from a list once. */
  leave: fc.uniqueArray(index, { maxLength: 3 }),
  /** The read after all of that: the first read again, nearly. */
  backEdits: fc.array(edit, { maxLength: 2 }),
  back: fc.array(change, { maxLength: 2 }),
  otherSource: fc.integer({ min: 0, max: 7 }),
  update: fc.constantFrom(
    'all' as const,
    'all' as const,
    'all' as const,
    'all' as const,
    'fill' as const,
    'off' as const,
  ),
  create: fc.integer({ min: 0, max: 7 }).map((n) => n !== 0),
  missing: fc.boolean(),
  /** Whether the days of the rows decide, step by step. */
  days: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  slice: fc.constantFrom(1, 2, 3, 1000),
  key: fc.constantFrom(undefined, undefined, 'email' as const, 'login' as const),
  twoRows: fc.constantFrom(undefined, undefined, undefined, 'first' as const, 'last' as const),
});
export type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;
export const handEdits = fc.array(edit, { minLength: 1, maxLength: 4 });

/**
 * Puts the people of a story into an empty store; a person who would take a taken key gets none of it.
 */
export async function seedPeople(db: Queryable, seeds: Story['people'], sourceId: string) {
  const taken = new Set<string>();
  const ids: string[] = [];
  const linked = new Set<string>();
  for (const seed of seeds) {
    const keys: Record<string, string> = {};
    for (const kind of ['code', 'email', 'login'] as const) {
      const value = seed.keys[kind];
      if (value === undefined || taken.has(`${kind} ${keyOf(kind, value)}`)) continue;
      taken.add(`${kind} ${keyOf(kind, value)}`);
      keys[kind] = value;
    }
    if (Object.keys(keys).length === 0) continue;
    const into = ids[seed.mergedInto];
    const person: PersonSeed = {
      fields: {
        ...seed.values,
        ...keys,
        manager: ids[seed.ledBy],
        // A key that no row takes; without it an absorbed account may be left with none.
        ...(into === undefined || seed.protected ? {} : { code: `m${String(taken.size)}` }),
      },
      sticky: into === undefined ? seed.sticky : [],
      protected: seed.protected && ids.length % 3 === 0,
      ...(into === undefined ? {} : { mergedInto: into }),
    };
    const id = await addPerson(db, person);
    const externalId = CODES[seed.handLinked * 2];
    if (seed.handLinked > 0 && externalId !== undefined && !linked.has(externalId)) {
      linked.add(externalId);
      await addIdentity(db, { sourceId, externalId, userId: id });
    }
    if (into === undefined) ids.push(id);
  }
}

/**
 * Edits by hand what can be edited: no key that another user has, no merged user, no last key. Returns the
 * users whose status was set.
 */
export async function editByHand(
  db: Queryable,
  edits: readonly HandEdit[],
): Promise<ReadonlySet<string>> {
  const restated = new Set<string>();
  for (const { user, fields, sticky } of edits) {
    const world = await readWorld(db);
    const person = [...world.people.values()][user];
    if (person?.mergedInto !== null) continue;
    if (!mayHave(world, person.id, fields)) continue;
    await editPerson(db, person.id, fields, { sticky });
    if ('status' in fields) restated.add(person.id);
  }
  return restated;
}

function mayHave(
  world: World,
  id: string,
  fields: Readonly<Record<string, string | null>>,
): boolean {
  const person = world.people.get(id);
  const after = { ...person?.fields, ...fields };
  if ([after['code'], after['email'], after['login']].every((key) => (key ?? null) === null)) {
    return false;
  }
  return (['email', 'login'] as const).every((kind) => {
    const value = fields[kind];
    if (value === undefined || value === null) return true;
    return ![...world.people.values()].some((p) => {
      const held = p.fields[kind] ?? null;
      return p.id !== id && held !== null && keyOf(kind, held) === keyOf(kind, value);
    });
  });
}

/** The rows as a list reads them whose key is another field than the code. */
export function keyedBy(
  key: 'email' | 'login' | undefined,
  rows: readonly ReadRow[],
): readonly ReadRow[] {
  if (key === undefined) return rows;
  return rows.map((r) => {
    const value = r.values[key];
    return { ...r, externalId: value === undefined ? null : keyOf(key, value) };
  });
}

/** The first file again, without some people, who are gone by that. */
export function withoutLeavers(s: Story) {
  const rows = s.first.filter((_, i) => !s.leave.includes(i));
  return { rows, missing: 'deactivate' as const };
}

/** The next file: the last one with its changes, lines numbered again. */
export function changeRows(first: readonly ReadRow[], changes: readonly RowChange[]): ReadRow[] {
  let all = first.map((r) => ({ ...r, values: { ...r.values } }));
  const at = (n: number): number => (all.length === 0 ? -1 : n % all.length);
  const write = (n: number, next: (r: ReadRow) => ReadRow): void => {
    const i = at(n);
    all = all.map((r, j) => (i === j ? { ...next(r), values: { ...next(r).values } } : r));
  };
  const set = (n: number, values: ReadRow['values']): void => {
    write(n, (r) => ({
      ...r,
      values: { ...r.values, ...values },
      clears: r.clears.filter((f) => values[f] === undefined),
    }));
  };
  const of = (n: number, field: string): string | undefined => all[at(n)]?.values[field];
  for (const c of changes) {
    switch (c.do) {
      case 'swap': {
        const [a, b] = [of(c.a, c.field), of(c.b, c.field)];
        set(c.a, { [c.field]: b });
        set(c.b, { [c.field]: a });
        break;
      }
      case 'rotate': {
        const values = [0, 1, 2].map((k) => of(c.from + k, c.field));
        if (all.length >= 3)
          [0, 1, 2].forEach((k) => set(c.from + k, { [c.field]: values[(k + 1) % 3] }));
        break;
      }
      case 'email':
      case 'login':
        set(c.a, { [c.do]: c.value });
        break;
      case 'manager':
        set(c.a, { manager: c.value });
        break;
      case 'code':
        write(c.a, (r) => ({ ...r, externalId: c.value, values: { ...r.values, code: c.value } }));
        break;
      case 'set':
        set(c.a, c.values);
        break;
      case 'drop':
        all = all.filter((_, i) => i !== at(c.a));
        break;
      case 'again': {
        const twin = all[at(c.a)];
        if (twin !== undefined) all.push({ ...twin, values: { ...twin.values, ...c.values } });
        break;
      }
      case 'add': {
        const { code, email: address, login, manager, values } = c;
        if ((code ?? address ?? login) === undefined) break;
        all.push({
          line: 0,
          externalId: code ?? null,
          values: { code, email: address, login, manager, ...values },
          clears: [],
        });
        break;
      }
      case 'rehire': {
        const old = all[at(c.a)];
        if (old === undefined) break;
        const { email: address, login } = old.values;
        const next: ReadRow = {
          line: 0,
          externalId: c.code,
          values: { email: address, login, status: 'active', ...c.values, code: c.code },
          clears: [],
        };
        if (c.leaves) set(c.a, { status: 'inactive' });
        all = c.before ? [next, ...all] : [...all, next];
        break;
      }
      case 'fault':
        write(c.a, (r) => ({
          ...r,
          fault: true,
          ...(c.readable ? {} : { keyReadable: false, externalId: null, values: {}, clears: [] }),
        }));
        break;
      case 'clear':
        write(c.a, (r) => ({
          ...r,
          values: { ...r.values, [c.field]: undefined },
          clears: [...r.clears.filter((f) => f !== c.field), c.field],
        }));
        break;
      case 'withoutCode':
        write(c.a, (r) => ({
          ...r,
          externalId: c.keepId ? r.externalId : null,
          values: { ...r.values, code: undefined },
        }));
        break;
    }
  }
  return all
    .filter((r) => r.fault === true || r.externalId !== null || hasKey(r))
    .map((r, i) => ({ ...r, line: i + 2 }));
}

function hasKey(r: ReadRow): boolean {
  return [r.values['code'], r.values['email'], r.values['login']].some((v) => v !== undefined);
}
