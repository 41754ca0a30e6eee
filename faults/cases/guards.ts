import type { Facts, Scenario } from './case';
import type { Input } from './desk';
import { command, imports } from './lines';
import { sheet } from './sheets';

type Shared = (name: string) => Input | undefined;

/** D: right already, and guarded; and `import --check`. */
export function guardCases(shared: Shared): Scenario[] {
  return [...spaceCases(shared), ...mailCases(shared), ...caseCases(shared), ...checkCases(shared)];
}

function spaceCases(shared: Shared): Scenario[] {
  const own = sheet('spaces.csv', 'Employee ID,First Name,Email,Department', [
    '\u00A0Z1 ,Mara\u00A0,z1@cases.example\u00A0,\u00A0Sales\u2003',
    'Z2,Je\u00ADns,\u200Bz2@cases.example,Sa\u200Bles',
    'Z3,Olga,z3@cases.example,“Sales”',
  ]);
  const file = shared('nbsp.csv');
  const people = 'people code,email,department';
  return [
    {
      kind: 'D',
      title: 'spaces and invisible characters',
      lines: [
        imports('go', {
          input: own,
          must: {
            exit: '0',
            [people]:
              'Z1 z1@cases.example Sales, Z2 z2@cases.example Sales, Z3 z3@cases.example “Sales”',
            'people firstName': 'Mara, Jens, Olga',
          },
        }),
      ],
    },
    ...(file === undefined
      ? []
      : [
          {
            kind: 'D',
            title: 'nbsp.csv',
            lines: [
              imports('go', {
                input: file,
                must: {
                  exit: '0',
                  [people]:
                    'NB1 ada.nb@example.org Sales, NB2 bo.nb@example.org Sales, NB3 cy.nb@example.org “Sales”',
                },
              }),
            ],
          },
        ]),
  ];
}

function mailCases(shared: Shared): Scenario[] {
  const own = sheet('mails.csv', 'Employee ID,First Name,Email', [
    'F1,Mara,Mara Abel <f1@cases.example>',
    'F2,Jens,mailto:f2@cases.example',
    'F3,Olga,f3@cases.example.',
    'F4,Piet,f4@cases.example; f4@home.example',
    'F5,Rosa,f5@cases.example',
  ]);
  const file = shared('emails.csv');
  const of = (title: string, input: Input, must: Facts): Scenario => ({
    kind: 'D',
    title,
    lines: [imports('row errors, and nobody without an address', { input, must })],
  });
  return [
    of('decorated addresses', own, {
      exit: '3',
      counts: 'created 1, error 4',
      'people code': 'F5',
    }),
    ...(file === undefined ? [] : [of('emails.csv', file, { exit: '3', codes: 'bad_email' })]),
  ];
}

function caseCases(shared: Shared): Scenario[] {
  const head = 'Employee ID,First Name,Last Name,Email';
  const [before, after] = [shared('case-ids.csv'), shared('case-ids-2.csv')];
  const of = (title: string, one: Input, other: Input): Scenario => ({
    kind: 'D',
    title,
    lines: [
      imports('small', { input: one, must: { exit: '0', counts: 'created 1' } }),
      imports('capital, same e-mail: a conflict, not a double', {
        input: other,
        must: { exit: '3', counts: 'conflict 1' },
      }),
    ],
  });
  return [
    of(
      'the case of a number',
      sheet('a.csv', head, ['pp-3,Mara,Abel,mara@cases.example']),
      sheet('b.csv', head, ['PP-3,Mara,Abelsson,mara@cases.example']),
    ),
    ...(before === undefined || after === undefined ? [] : [of('case-ids.csv', before, after)]),
  ];
}

/** `import FILE --check`: judged, and no run is stored. */
function checkCases(shared: Shared): Scenario[] {
  const head = 'Employee ID;First Name;Email';
  const good = sheet('good.csv', head, ['A1;Mara;a1@cases.example', 'A2;Jens;']);
  const faulty = sheet('faulty.csv', head, [
    'A1;Mara;nowhere',
    'A2;Jens;at all',
    'A3;Olga;a3@cases.example',
  ]);
  const refused: Input = {
    name: 'mac.csv',
    text: Buffer.from('Employee ID,First Name\nA1,G\x9aran\n', 'latin1'),
  };
  const mac = shared('macroman.csv');
  const nulls = shared('nulls.csv');
  const of = (given: string, input: Input, must: Facts): Scenario['lines'][number] =>
    imports(given, { input, options: ['--check'], must });
  return [
    {
      kind: 'check',
      title: 'import --check',
      lines: [
        of('importable', good, { exit: '0', rows: '2', faults: '', headerLine: '1' }),
        of('with row faults', faulty, { exit: '3', rows: '3' }),
        of('refused', refused, { exit: '1' }),
        ...(mac === undefined ? [] : [of('macroman.csv', mac, { exit: '1' })]),
        ...(nulls === undefined ? [] : [of('nulls.csv', nulls, { exit: '3', rows: '3' })]),
        command('no run is stored', {
          args: () => ['runs', 'list'],
          must: { exit: '0' },
          says: ['"runs": []'],
        }),
      ],
    },
  ];
}
