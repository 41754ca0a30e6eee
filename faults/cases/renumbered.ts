import { setTimeout as sleep } from 'node:timers/promises';
import type { Line, Scenario } from './case';
import { command, imports, listed, runOf } from './lines';
import type { Input } from './desk';
import { numbers, sheet, staff } from './sheets';

const HEAD = 'Employee ID,First Name,Last Name,Department';
const SALES = (): readonly string[] => ['Sales'];
const padded = (n: number): string => `00${String(n)}`;

function list(name: string, ids: readonly string[]): Input {
  return sheet(name, HEAD, staff(ids, SALES));
}

const GOOD = list('good.csv', numbers(20_311, 4, padded));
const STRIPPED = list('stripped.csv', numbers(20_311, 4, String));

/** A1: numbers whose writing changed. */
export function renumberedCases(shared: (name: string) => Input | undefined): Scenario[] {
  const own = lostZeros('zeros lost', GOOD, STRIPPED);
  const before = shared('ids-good.csv');
  const after = shared('ids-stripped.csv');
  return [
    own,
    ...(before === undefined || after === undefined
      ? []
      : [lostZeros('ids-good, ids-stripped', before, after)]),
    approved(),
    ...writings(),
    ...someOf(shared),
    byName(),
    ...exponents(shared),
    ...formulas(shared),
  ];
}

/** Four people of a list whose zeros are lost: held, linked by one command, undone. */
function lostZeros(title: string, before: Input, after: Input): Scenario {
  const list = listed('payroll');
  return {
    kind: 'A1',
    title,
    lines: [
      imports('four numbers with zeros in front', {
        input: before,
        options: list,
        must: { exit: '0', counts: 'created 4' },
      }),
      imports('the same four without the zeros', {
        input: after,
        options: list,
        run: 'held',
        must: { exit: '4', state: 'held', held: 'renumbered 4', 'people status': active(4) },
        says: ['--renumbered'],
      }),
      command('runs show', {
        args: (at) => ['runs', 'show', runOf(at, 'held')],
        must: { exit: '0', renumbered: '4' },
      }),
      command('runs list', {
        args: () => ['runs', 'list', '--state', 'held'],
        must: { exit: '0' },
        says: ['"gate": "renumbered"'],
      }),
      inTemporal(),
      pairs(before, after),
      command('resolve --renumbered with a wrong number', {
        args: (at) => ['runs', 'resolve', runOf(at, 'held'), '--renumbered', '--expect', '3'],
        must: { exit: 'not 0', 'people status': active(4) },
      }),
      command('resolve --renumbered', {
        args: (at) => ['runs', 'resolve', runOf(at, 'held'), '--renumbered', '--expect', '4'],
        run: 'linked',
        must: {
          exit: '0',
          state: 'done',
          counts: 'updated 4, linked 4',
          'people status': active(4),
        },
      }),
      command('the run that was held', {
        args: (at) => ['runs', 'show', runOf(at, 'held')],
        must: { exit: '0', state: 'done or rejected' },
      }),
      imports('the file without zeros again', {
        input: after,
        options: list,
        must: { exit: '0', counts: 'unchanged 4', held: '' },
      }),
      command('undo of the linking run', {
        args: (at) => ['runs', 'undo', runOf(at, 'linked'), '--yes'],
        must: {
          exit: '0',
          'people code,status': ids(before)
            .map((id) => `${id} active`)
            .join(', '),
        },
      }),
      imports('the file without zeros after the undo', {
        input: after,
        options: list,
        must: { exit: '4', held: 'renumbered 4' },
      }),
    ],
  };
}

/** Operators find the run by its gate. */
function inTemporal(): Line {
  return {
    given: 'in the Temporal UI',
    must: { found: 'import' },
    says: [],
    play: async (at) => {
      const { id } = (
        await at.rig.sql<{ id: string }>(
          `select workflow_id as id from run where id = '${runOf(at, 'held')}'`,
        )
      )[0] ?? { id: '' };
      const query = `WorkflowId = '${id}' and RollcallHeld = 'renumbered'`;
      // Visibility is written a moment later.
      for (let tries = 0; tries < 40; tries++) {
        const { count } = await at.rig.temporal((client) => client.workflow.count(query));
        if (count > 0) return { facts: { found: 'import' }, text: '' };
        await sleep(250);
      }
      return { facts: { found: 'nothing' }, text: '' };
    },
  };
}

function pairs(before: Input, after: Input): Line {
  return command('runs diff --gate renumbered', {
    args: (at) => ['runs', 'diff', runOf(at, 'held'), '--gate', 'renumbered'],
    must: { exit: '0' },
    says: [...ids(before), ...ids(after)].map((id) => `"${id}"`),
  });
}

/** The first cell of each line. */
function ids(input: Input): string[] {
  const [, ...lines] = String(input.text).trimEnd().split('\n');
  return lines.map((line) => line.split(',')[0] ?? '').sort();
}

function active(n: number): string {
  return Array.from({ length: n }, () => 'active').join(', ');
}

/** A person says that they are other people: made, and not asked about again. */
function approved(): Scenario {
  return {
    kind: 'A1',
    title: 'zeros lost, approved',
    lines: [
      imports('before', { input: GOOD, options: listed('hr'), must: { exit: '0' } }),
      imports('after', {
        input: STRIPPED,
        options: listed('hr'),
        run: 'held',
        must: { exit: '4', held: 'renumbered 4' },
      }),
      imports('a raised number does not open it', {
        input: STRIPPED,
        options: [...listed('hr'), '--gate', 'renumbered=9', '--reason', 'I know'],
        must: { exit: '2' },
      }),
      command('approve', {
        args: (at) => ['runs', 'approve', runOf(at, 'held')],
        must: { exit: '0', counts: 'created 4, deactivated 4' },
      }),
      imports('the same file once more', {
        input: STRIPPED,
        options: listed('hr'),
        must: { exit: '0', held: '', counts: 'unchanged 4' },
      }),
    ],
  };
}

/** Other ways in which programs write the same number; in any read, also in an unnamed upload. */
function writings(): Scenario[] {
  const changed: readonly (readonly [string, (n: number) => string, (n: number) => string])[] = [
    ['.0 at the end', String, (n) => `${String(n)}.0`],
    ['.0 is gone', (n) => `${String(n)}.0`, String],
    ['an apostrophe in front', String, (n) => `'${String(n)}`],
    ['small letters', (n) => `AB-${String(n)}`, (n) => `ab-${String(n)}`],
    ['zeros, apostrophe and .0', padded, (n) => `'${String(n)}.0`],
  ];
  return changed.flatMap(([title, was, is]) =>
    [listed('hr'), []].map((options) => ({
      kind: 'A1',
      title: `${title}${options.length === 0 ? ', unnamed upload' : ''}`,
      lines: [
        imports('twelve people', {
          input: list('before.csv', numbers(5_001, 12, was)),
          options,
          must: { exit: '0', counts: 'created 12' },
        }),
        imports('the number of one of them is written otherwise', {
          input: list('after.csv', [is(5_001), ...numbers(5_002, 11, was)]),
          options,
          // The login, which is the number, is the same in any case: a conflict.
          must: {
            exit: title === 'small letters' ? '3' : '4',
            held: title === 'small letters' ? '' : 'renumbered 1',
            'people status': active(12),
          },
        }),
      ],
    })),
  );
}

/** Thirty people with and without e-mails, of whom some or all are renumbered. */
function someOf(shared: (name: string) => Input | undefined): Scenario[] {
  const mail = (n: number): readonly string[] => [`p${String(n)}@cases.example`, 'Sales'];
  const head = 'Employee ID,First Name,Last Name,Email,Department';
  const as = (lost: number) => (n: number) => (n - 8_101 < lost ? String(n) : padded(n));
  const all = sheet('all.csv', head, staff(numbers(8_101, 30, padded), mail));
  const scenario = (title: string, before: Input, after: Input, must: Line['must']): Scenario => ({
    kind: 'A1',
    title,
    lines: [
      imports('thirty people with e-mails', {
        input: before,
        options: listed('staff'),
        must: { exit: '0', counts: 'created 30' },
      }),
      imports(title, { input: after, options: listed('staff'), must }),
    ],
  });
  const own = [
    scenario('six without zeros, no e-mails', all, list('half.csv', numbers(8_101, 30, as(6))), {
      exit: '4',
      held: 'deactivations 6, renumbered 6',
      'people status': active(30),
    }),
    scenario(
      'six without zeros, with e-mails',
      all,
      sheet('half.csv', head, staff(numbers(8_101, 30, as(6)), mail)),
      { exit: '3', counts: 'unchanged 24, conflict 6', 'people status': active(30) },
    ),
  ];
  const before = shared('ids30.csv');
  if (before === undefined) return own;
  const files: readonly (readonly [string, Line['must']])[] = [
    ['ids30-half-nomail.csv', { exit: '4', held: 'renumbered 5' }],
    ['ids30-stripped-nomail.csv', { exit: '4', held: 'deactivations 30, renumbered 30' }],
    ['ids30-half.csv', { exit: '3', counts: 'unchanged 25, conflict 5' }],
    ['ids30-stripped.csv', { exit: '3', counts: 'conflict 30' }],
  ];
  return [
    ...own,
    ...files.flatMap(([name, must]) => {
      const after = shared(name);
      if (after === undefined) return [];
      return [scenario(name, before, after, { ...must, 'people status': active(30) })];
    }),
  ];
}

/** Other numbers and the same full names, in a read that says who is absent. */
function byName(): Scenario {
  const before = list('before.csv', ['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8', 'A9', 'A10']);
  const lines = staff(['Z71', 'Z72', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8', 'A9', 'A10'], SALES);
  const after = sheet('after.csv', HEAD, lines);
  return {
    kind: 'A1',
    title: 'new numbers, same full names',
    lines: [
      imports('ten people', { input: before, options: listed('plant'), must: { exit: '0' } }),
      imports('with --missing ignore: nobody is judged by a name', {
        input: after,
        options: ['--source', 'plant', '--missing', 'ignore', '--dry-run'],
        must: { exit: '0', held: '' },
      }),
      imports('two of them under other numbers', {
        input: after,
        options: listed('plant'),
        must: { exit: '4', held: 'renumbered 2', 'people status': active(10) },
      }),
    ],
  };
}

/** Numbers that lost their digits. */
function exponents(shared: (name: string) => Input | undefined): Scenario[] {
  const ids = numbers(299_990, 60, String);
  const rounded = ids.map((id) => (id === '300000' ? '3e+05' : id));
  const many = (title: string, before: Input, after: Input): Scenario => ({
    kind: 'A1',
    title,
    lines: [
      imports('everybody', { input: before, options: listed('r'), must: { exit: '0' } }),
      imports('with --missing ignore', {
        input: after,
        options: ['--source', 'r', '--missing', 'ignore', '--dry-run'],
        must: { exit: '3', held: '', codes: 'not_in_file, rounded_key' },
      }),
      imports('one number as a program writes it', {
        input: after,
        options: listed('r'),
        must: { exit: '4', held: 'unreadable_keys 1', codes: 'rounded_key' },
      }),
    ],
  });
  const excel = sheet('excel.csv', HEAD, ['4.10E+07,Mara,Abel,Sales', '4.10E+07,Jens,Abel,Sales']);
  const [all, one, few] = [
    shared('r-200-people-before.csv'),
    shared('r-200-people-one-1e+05.csv'),
    shared('excel-ids.csv'),
  ];
  return [
    many('one of sixty is 3e+05', list('before.csv', ids), list('after.csv', rounded)),
    ...(all === undefined || one === undefined ? [] : [many('r-200-people', all, one)]),
    unreadable('4.10E+07 twice', excel, 2),
    ...(few === undefined ? [] : [unreadable('excel-ids.csv', few, 3)]),
    {
      kind: 'A1',
      title: '12E4',
      lines: [
        imports('a number like any other', {
          input: list('e.csv', ['12E4', '7E']),
          must: { exit: '0', 'people code': '12E4, 7E' },
        }),
      ],
    },
  ];
}

function unreadable(title: string, input: Input, rows: number): Scenario {
  return {
    kind: 'A1',
    title,
    lines: [
      imports('nobody is made', {
        input,
        must: {
          exit: '3',
          counts: `error ${String(rows)}`,
          codes: 'rounded_key',
          'people code': '',
        },
      }),
    ],
  };
}

/** A complete cell ="x" is x. */
function formulas(shared: (name: string) => Input | undefined): Scenario[] {
  const plain = sheet('formula.csv', HEAD, [
    '="0020311",Mara,Abel,Sales',
    '="0020312",Jens,Abel,Sales',
  ]);
  const quoted = sheet('quoted.csv', HEAD, ['"=""0020311""","Mara","Abel","Sales"']);
  const of = (title: string, input: Input, codes: string): Scenario => ({
    kind: 'A1',
    title,
    lines: [imports('read', { input, must: { exit: '0', 'people code': codes } })],
  });
  const files = ['ids-formula.csv', 'ids-formula-quoted.csv'].flatMap((name) => {
    const input = shared(name);
    return input === undefined ? [] : [of(name, input, '0010041, 0010042')];
  });
  return [
    of('="0020311"', plain, '0020311, 0020312'),
    of('"=""0020311"""', quoted, '0020311'),
    ...files,
  ];
}
