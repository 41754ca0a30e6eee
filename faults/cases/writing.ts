import type { Facts, Scenario } from './case';
import type { Input } from './desk';
import { command, imports } from './lines';
import { sheet } from './sheets';
import { one } from './wrong';

type Shared = (name: string) => Input | undefined;

/** B5 to B7: how a file writes its text. */
export function writingCases(shared: Shared): Scenario[] {
  return [...encodingCases(shared), ...escapeCases(shared), ...booleanCases(shared)];
}

function encodingCases(shared: Shared): Scenario[] {
  // Mac Roman: ö is 9A, ü 9F, é 8E.
  const own = Buffer.concat([
    Buffer.from('Employee ID,First Name,Last Name\nE1,G'),
    Buffer.from([0x9a]),
    Buffer.from('ran,M'),
    Buffer.from([0x9f]),
    Buffer.from('ller\n'),
  ]);
  const of = (title: string, input: Input | undefined, word: string, people: string): Scenario[] =>
    input === undefined
      ? []
      : [
          {
            kind: 'B5',
            title,
            lines: [
              imports('refused, with a word in each reading', {
                input,
                must: { exit: '1', error: 'invalid_bytes' },
                says: ['macintosh', word],
              }),
              imports('--encoding macintosh', {
                input,
                options: ['--encoding', 'macintosh'],
                must: { exit: '0', 'people firstName,lastName': people },
              }),
            ],
          },
        ];
  return [
    ...of('Mac Roman', { name: 'mac.csv', text: own }, 'Göran', 'Göran Müller'),
    ...of('macroman.csv', shared('macroman.csv'), 'Jörg', 'Jörg Müller, René Dürr'),
  ];
}

function escapeCases(shared: Shared): Scenario[] {
  const own: Input = {
    name: 'escaped.csv',
    text: '"code","first_name","job_title"\n"Q1","Mara","Pipe 7\\""\n"Q2","Jens","D:\\\\data \\\\"\n',
  };
  const escaped = ['--escape', 'backslash'];
  const of = (title: string, input: Input | undefined, jobs: string): Scenario[] =>
    input === undefined
      ? []
      : [
          {
            kind: 'B6',
            title,
            lines: [
              imports('refused, with the option', {
                input,
                must: { exit: '1' },
                says: ['--escape backslash'],
              }),
              imports('--escape backslash', {
                input,
                options: escaped,
                must: { exit: '0', 'people jobTitle': jobs },
              }),
            ],
          },
        ];
  return [
    ...of('escaped quotes', own, 'Pipe 7", D:\\data \\'),
    ...of(
      'mariadb-outfile-escaped-quote.csv',
      shared('mariadb-outfile-escaped-quote.csv'),
      'Clerk, Pipe 5"',
    ),
    ...one({
      kind: 'B6',
      title: 'mariadb-outfile-nulls-breaks.tsv',
      input: shared('mariadb-outfile-nulls-breaks.tsv'),
      options: escaped,
      must: { exit: '0', counts: 'created 8' },
    }),
    ...one({
      kind: 'B6',
      title: 'a quote in a tab file is text',
      input: {
        name: 'pipe.tsv',
        text: 'code\tfirst_name\tjob_title\nQ1\tMara\t5" pipe\nQ2\tJens\t"so" and so\n',
      },
      must: { exit: '0', 'people jobTitle': '5" pipe, "so" and so' },
    }),
  ];
}

function booleanCases(shared: Shared): Scenario[] {
  const own = sheet('booleans.csv', 'code,first_name,properties.remote', [
    'P1,Mara,t',
    'P2,Jens,f',
    'P3,Olga,',
  ]);
  const postgres = shared('postgres-booleans-t-f.csv');
  const of = (
    title: string,
    input: Input,
    o: { readonly options: string[]; readonly must: Facts },
  ): Scenario => ({
    kind: 'B7',
    title,
    lines: [
      command('a yes-or-no property', {
        args: () => ['properties', 'create', 'remote', '--type', 'boolean', '--name', 'Remote'],
        must: { exit: '0' },
      }),
      imports('read', { input, ...o }),
    ],
  });
  return [
    of('t and f', own, {
      options: [],
      must: {
        exit: '0',
        'people code,properties': 'P1 {"remote":true}, P2 {"remote":false}, P3 {}',
      },
    }),
    ...(postgres === undefined
      ? []
      : [
          of('postgres-booleans-t-f.csv', postgres, {
            options: ['--map', 'remote=properties.remote,note=-'],
            must: { exit: '0', counts: 'created 10' },
          }),
        ]),
  ];
}
