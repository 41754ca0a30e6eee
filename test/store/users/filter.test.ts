import fc from 'fast-check';
import { wordNext } from '../../../wording/next';
import { parse } from 'scim2-parse-filter';
import { Fault } from '../../../domain/faults';
import { FILTER_HELP } from '../../../cli/text/filterHelp';
import { attributeNames } from '../../../domain/users/filterAttributes';
import { parseFilter, type Filter } from '../../../domain/users/filterSyntax';
import type { PropertyDefinition } from '../../../domain/users/fields';
import { newId } from '../../../store/database/db';
import { Params } from '../../../store/users/params';
import { reachOf } from '../../../store/users/reach';
import { compileFilter, userFrom } from '../../../store/users/filter';
import { testDatabase } from '../../support/postgres';
import { addUsers, type UserSeed } from '../../support/users';

const store = testDatabase();
const EVERYBODY = reachOf({ kind: 'all' }, new Params());

const PROPERTIES: readonly PropertyDefinition[] = [
  { key: 'level', name: 'Level', type: 'number' },
  { key: 'remote', name: 'Remote', type: 'boolean' },
  { key: 'badge', name: 'Badge', type: 'text' },
  { key: 'until', name: 'Until', type: 'date' },
];

const TEXTS = [
  'Anna',
  'anna',
  'ANNA-Lena',
  'ÉMILE',
  'émile',
  'Ωmega',
  'ΣΑΣ',
  'σας',
  'İnci',
  '日本',
  'a%b',
  'a_b',
  'x\\y',
  "O'Brien",
  '"q"',
  ' lead',
  '',
];
const PIECES = [...TEXTS, 'an', 'na', 'É', 'mi', '%', '_', '\\', "'", ' ', 'σ', 'Σ', 'z'];
const DAYS = ['1999-12-31', '2024-01-01', '2024-02-29', '2025-06-30'];
const TIMES = ['2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.001Z', '2025-03-01T12:00:00.000Z'];
const NUMBERS = [-5, 0, 1.5, 7, 1e21, -0.25];
const STICKY = ['email', 'status', 'lastName'];

interface Person extends UserSeed {
  readonly id: string;
  readonly code: string;
}

const optional = <T>(values: readonly T[]): fc.Arbitrary<T | null> =>
  fc.option(fc.constantFrom(...values), { freq: 4 });

const person = (n: number): fc.Arbitrary<Person> =>
  fc.record({
    id: fc.constant(`01990000-0000-7000-8000-${String(n).padStart(12, '0')}`),
    code: fc.constant(n % 3 === 0 ? `E${String(n)}` : `e${String(n)}`),
    login: optional(['Anna', 'ÉMILE', 'ΣΑΣ', 'x']).map((v) => v && `${v}${String(n)}@Example.com`),
    firstName: optional(TEXTS),
    department: optional(TEXTS),
    status: fc.constantFrom('active', 'inactive'),
    hireDate: optional(DAYS),
    createdAt: fc.constantFrom(...TIMES),
    sticky: fc.subarray(STICKY),
    properties: fc
      .record({
        level: optional(NUMBERS),
        remote: optional([true, false]),
        badge: optional(TEXTS),
        until: optional(DAYS),
      })
      .map((p) => Object.fromEntries(Object.entries(p).filter(([, v]) => v !== null)) as never),
  });

const TEXT_OPS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
const ORDER_OPS = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;

type Op = (typeof TEXT_OPS)[number];
type Value = string | number | boolean | null;
/** A condition that the test both writes as a filter and evaluates itself. */
type Tree =
  | { op: 'and' | 'or'; of: Tree[] }
  | { op: 'not'; of: [Tree] }
  | { op: 'pr'; name: Name }
  | { op: Op; name: Name; value: Value };

const READ = {
  code: (p: Person) => p.code,
  login: (p: Person) => p.login ?? null,
  firstName: (p: Person) => p.firstName ?? null,
  department: (p: Person) => p.department ?? null,
  status: (p: Person) => p.status ?? null,
  hireDate: (p: Person) => p.hireDate ?? null,
  createdAt: (p: Person) => p.createdAt ?? null,
  'properties.level': (p: Person) => p.properties?.['level'] ?? null,
  'properties.remote': (p: Person) => p.properties?.['remote'] ?? null,
  'properties.badge': (p: Person) => p.properties?.['badge'] ?? null,
  'properties.until': (p: Person) => p.properties?.['until'] ?? null,
} as const;
type Name = keyof typeof READ | 'sticky';

const compare = <N extends Name>(
  names: readonly N[],
  ops: readonly Op[],
  values: fc.Arbitrary<Value>,
): fc.Arbitrary<Tree> =>
  fc.record({ op: fc.constantFrom(...ops), name: fc.constantFrom(...names), value: values });

const anyCase = (text: string): fc.Arbitrary<string> =>
  fc.constantFrom(text, text.toLowerCase(), text.toUpperCase());

const leaf: fc.Arbitrary<Tree> = fc.oneof(
  compare(['firstName', 'department', 'properties.badge'], TEXT_OPS, fc.constantFrom(...PIECES)),
  compare(
    ['login'],
    TEXT_OPS,
    fc.constantFrom('anna', 'ÉM', '1@example.com', '@', 'ΣΑΣ4@EXAMPLE.com', 'X'),
  ),
  compare(['code'], TEXT_OPS, fc.constantFrom('E3', 'e3', 'e', 'E', '1')),
  compare(['status'], ['eq', 'ne', 'sw'], fc.constantFrom('active', 'inactive').chain(anyCase)),
  compare(['hireDate', 'properties.until'], ORDER_OPS, fc.constantFrom(...DAYS)),
  compare(['createdAt'], ORDER_OPS, fc.constantFrom(...TIMES)),
  compare(['properties.level'], ORDER_OPS, fc.constantFrom(...NUMBERS)),
  compare(['properties.remote'], ['eq', 'ne'], fc.boolean()),
  compare(['sticky'], ['eq', 'ne', 'co'], fc.constantFrom(...STICKY)),
  compare(
    ['firstName', 'hireDate', 'properties.level', 'properties.remote', 'login', 'status'],
    ['eq', 'ne'],
    fc.constantFrom(null, ''),
  ),
  fc.record({
    op: fc.constant('pr' as const),
    name: fc.constantFrom(
      'firstName',
      'hireDate',
      'properties.badge',
      'properties.remote',
      'sticky',
      'login',
    ),
  }),
);

const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.record({
      op: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({ op: fc.constant('not' as const), of: fc.tuple(tie('tree')) }),
  ),
})).tree;

/** A filter as a person would write it, with no more parentheses than needed. */
function written(t: Tree, within?: 'and' | 'or'): string {
  switch (t.op) {
    case 'and':
    case 'or': {
      const text = t.of.map((part) => written(part, t.op)).join(` ${t.op} `);
      return within === undefined || within === t.op ? text : `(${text})`;
    }
    case 'not':
      return `not (${written(t.of[0])})`;
    case 'pr':
      return `${t.name} pr`;
    default:
      return `${t.name} ${t.op} ${JSON.stringify(t.value)}`;
  }
}

const fold = (text: string): string => text.toLowerCase().replaceAll('ς', 'σ');
const order = new Intl.Collator('en').compare;

function holds(p: Person, t: Tree): boolean {
  switch (t.op) {
    case 'and':
      return t.of.every((part) => holds(p, part));
    case 'or':
      return t.of.some((part) => holds(p, part));
    case 'not':
      return !holds(p, t.of[0]);
    case 'pr':
      return t.name === 'sticky' ? (p.sticky ?? []).length > 0 : present(READ[t.name](p));
    default:
      return t.name === 'sticky'
        ? (p.sticky ?? []).includes(String(t.value)) !== (t.op === 'ne')
        : compared(READ[t.name](p), t.op, t.value, t.name);
  }
}

const present = (value: Value): boolean => value !== null && value !== '';

function compared(own: Value, op: Op, value: Value, name: Name): boolean {
  if (value === null || (value === '' && (op === 'eq' || op === 'ne'))) {
    return present(own) === (op === 'ne');
  }
  if (own === null) return op === 'ne';
  if (typeof own === 'string' && typeof value === 'string') {
    const asText = name !== 'code';
    const isTime = name === 'createdAt' || name === 'hireDate' || name === 'properties.until';
    const [a, b] = asText ? [fold(own), fold(value)] : [own, value];
    return ordered(isTime ? (a < b ? -1 : a > b ? 1 : 0) : order(a, b), op, a === b, [a, b]);
  }
  return ordered(own < value ? -1 : own > value ? 1 : 0, op, own === value, ['', '']);
}

function ordered(sign: number, op: Op, equal: boolean, [a, b]: [string, string]): boolean {
  switch (op) {
    case 'eq':
      return equal;
    case 'ne':
      return !equal;
    case 'co':
      return a.includes(b);
    case 'sw':
      return a.startsWith(b);
    case 'ew':
      return a.endsWith(b);
    case 'gt':
      return sign > 0;
    case 'ge':
      return sign >= 0;
    case 'lt':
      return sign < 0;
    case 'le':
      return sign <= 0;
  }
}

async function found(filter: string): Promise<string[]> {
  const params = new Params();
  const { sql } = compileFilter(filter, { params, properties: PROPERTIES });
  const { rows } = await store.db.pool.query<{ id: string }>(
    `select u.id from ${userFrom(EVERYBODY)} where ${sql} order by u.id`,
    params.values,
  );
  return rows.map(({ id }) => id);
}

function fault(filter: string): Fault {
  try {
    compileFilter(filter, { params: new Params(), properties: PROPERTIES });
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error(`no fault: ${filter}`);
}

describe('a filter', () => {
  let people: readonly Person[] = [];

  beforeAll(async () => {
    people =
      fc.sample(fc.tuple(...Array.from({ length: 80 }, (_, n) => person(n))), {
        numRuns: 1,
        seed: 7,
      })[0] ?? [];
    await addUsers(store.db.pool, people);
  });

  test('finds the users that an evaluation in memory finds, for random filters', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (t) => {
        const expected = people.filter((p) => holds(p, t)).map(({ id }) => id);

        expect(await found(written(t))).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  test('takes attribute names and operators in any case', async () => {
    const plain = await found('firstName eq "anna" or status eq "inactive"');

    expect(plain.length).toBeGreaterThan(0);
    expect(await found('FIRSTNAME Eq "ANNA" OR Status EQ "Inactive"')).toEqual(plain);
  });

  test.each(attributeNames(PROPERTIES))('takes %s eq "" for: has no value', async (name) => {
    const none = await found(`not (${name} pr)`);

    expect(await found(`${name} eq ""`)).toEqual(none);
    expect(await found(`${name} eq null`)).toEqual(none);
    expect(await found(`${name} ne ""`)).toEqual(await found(`${name} pr`));
  });

  const examples = FILTER_HELP.slice(FILTER_HELP.indexOf('Examples of filters:'))
    .split('\n')
    .flatMap((line) => /^ {2}(\S.*?) {3,}\S/.exec(line)?.[1] ?? []);

  test('can be any example of the help', async () => {
    expect(examples.length).toBeGreaterThan(4);
    for (const filter of examples) {
      expect({ filter, found: await found(filter) }).toMatchObject({ filter });
    }
  });

  test('binds "and" closer than "or", and "not" closest', async () => {
    const loose = await found('code pr or code pr and firstName eq "nobody at all"');
    const tight = await found('not (code pr) or code pr');

    expect(loose).toHaveLength(people.length);
    expect(tight).toHaveLength(people.length);
  });

  test.each([
    [`firstName eq "'; drop table \\"user\\"; --"`],
    [`properties.badge co "$1) or (true"`],
    [`department sw "%"`],
  ])('takes %s as a value and nothing else', async (filter) => {
    expect(await found(filter)).toEqual([]);
    expect(await found('code pr')).toHaveLength(people.length);
  });

  test('takes a manager without a code for a manager', async () => {
    const [boss, led] = [newId(), newId()];
    await addUsers(store.db.pool, [
      { id: boss, login: 'boss' },
      { id: led, login: 'led', managerId: boss },
    ]);

    const of = async (filter: string) => (await found(`id eq "${led}" and (${filter})`)).length;

    expect(await of('manager pr')).toBe(1);
    expect(await of('manager ne ""')).toBe(1);
    expect(await of('manager eq ""')).toBe(0);
    expect(await of('not (manager pr)')).toBe(0);
  });
});

describe('the parser of filters', () => {
  test('builds the trees that scim2-parse-filter builds', () => {
    // The other parser misreads backslashes, e+21, and a negative number before a space or a
    // parenthesis.
    const common = tree.filter((t) => !/\\|-\d|e\+/.test(written(t)));
    fc.assert(
      fc.property(common, (t) => {
        expect(plain(parseFilter(written(t)))).toEqual(parse(written(t)));
      }),
      { numRuns: 500 },
    );
  });

  test('never fails but with a fault that names a position', () => {
    const bits = [
      '(',
      ')',
      '[',
      ']',
      'and',
      'or',
      'not',
      'eq',
      'pr',
      'code',
      '"a"',
      '"',
      '-5',
      '5)',
      'true',
      '\\',
      '$',
      '"\\u00e9"',
      '  ',
      '日',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...bits), { maxLength: 12 }), (parts) => {
        try {
          parseFilter(parts.join(' '));
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
          expect(String(error)).toMatch(/position \d+/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['departmnt eq "Sales"', 1, 'department'],
    ['code pr and nosuch eq "x"', 13, 'nosuch'],
    ['code pr and', 12, 'ends here'],
    ['code xx "1"', 6, 'operator'],
    ['code eq Sales', 9, 'double quotes'],
    ['code eq "Sales', 9, 'closing "'],
    ['(code pr', 9, '")"'],
    ['code pr)', 8, '")"'],
    ['not code pr', 5, '"("'],
    ['hireDate ge "2024-02-30"', 13, 'date'],
    ['createdAt gt "yesterday"', 14, 'time'],
    ['hireDate co "2024"', 1, 'co'],
    ['properties.level eq "7"', 21, 'number'],
    ['properties.remote gt true', 1, 'true or false'],
    ['status eq "activ"', 11, 'inactive'],
    ['firstName eq 5', 14, 'double quotes'],
    ['firstName gt null', 1, 'null'],
    ['hireDate gt ""', 13, 'date'],
    ['name[first eq "x"]', 1, 'identities'],
    ['identities[nosuch eq "x"]', 12, 'externalId'],
    ['', 1, 'empty'],
  ])('says where %j is wrong', (filter, position, word) => {
    const { kind, message, next } = fault(filter);

    expect(kind).toBe('usage');
    expect(message).toContain(`position ${String(position)}:`);
    expect(`${message} ${next === undefined ? '' : wordNext(next)}`).toContain(word);
  });

  test('refuses what is too deep, too long or too much', () => {
    const deep = `${'('.repeat(50_000)}code pr${')'.repeat(50_000)}`;
    const nested = `${'('.repeat(100)}code pr${')'.repeat(100)}`;
    const many = Array.from({ length: 501 }, () => 'code pr').join(' or ');

    expect(fault(deep).code).toBe('filter_too_long');
    expect(fault(nested).code).toBe('filter_too_deep');
    expect(fault(many).code).toBe('filter_too_long');
  });

  test('reads JSON strings and negative numbers as RFC 8259 writes them', () => {
    expect(plain(parseFilter('a eq "x\\\\" and (b lt -5) and c eq "\\u00e9\\n"'))).toEqual({
      op: 'and',
      filters: [
        { op: 'eq', attrPath: 'a', compValue: 'x\\' },
        { op: 'lt', attrPath: 'b', compValue: -5 },
        { op: 'eq', attrPath: 'c', compValue: 'é\n' },
      ],
    });
  });
});

/** A filter in the form of the other parser, which flattens parentheses less. */
function plain(f: Filter): unknown {
  switch (f.op) {
    case 'and':
    case 'or':
      return { op: f.op, filters: f.filters.map(plain) };
    case 'not':
      return { op: 'not', filter: plain(f.filter) };
    case '[]':
      return { op: '[]', attrPath: f.path.text, valFilter: plain(f.filter) };
    case 'pr':
      return { op: 'pr', attrPath: f.path.text };
    default:
      return { op: f.op, attrPath: f.path.text, compValue: f.value.value };
  }
}
