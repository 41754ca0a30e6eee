import { readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Facts, Line, Scenario } from './case';
import { connectionFile, pageOf } from './connector';
import { sharedInput } from './desk';
import { tries, validates } from './lines';
import { day } from './sheets';

/** A2, B4, B8, C3, C8 and D: answers of systems that were saved as files. */
export function polledCases(folder: string): Scenario[] {
  return [
    ...dayCases(),
    ...dateCases(),
    digits(),
    ...linkCases(),
    ...listCases(),
    ...SHARED.flatMap((one) => sharedCase(join(folder, 'poll'), one)),
  ];
}

const ms = (ahead: number): number => Date.parse(day(ahead));

/** One person with a first day ahead, one whose last day is over, one who works. */
function dayCases(): Scenario[] {
  const told = 'told id,hireDate,leaveDate,status';
  const days: readonly (readonly [number, number, number | null])[] = [
    [1, 90, null],
    [2, -900, -30],
    [3, -900, 400],
  ];
  const iso = (ahead: number | null): string | null => (ahead === null ? null : day(ahead));
  const expected = [
    `1 ${day(90)} – inactive`,
    `2 ${day(-900)} ${day(-30)} inactive`,
    `3 ${day(-900)} ${day(400)} active`,
  ].join(', ');
  const writes: readonly (readonly [string, string, (ahead: number | null) => unknown])[] = [
    ['ISO days', 'date', iso],
    ['milliseconds', 'epochMsDate', (n) => (n === null ? null : ms(n))],
    ['seconds', 'epochSDate', (n) => (n === null ? null : ms(n) / 1_000)],
    ['milliseconds as texts', 'epochMsDate', (n) => (n === null ? null : String(ms(n)))],
  ];
  const effective = { start: '/start', end: '/end' };
  const fieldsTo = (to: string): object => ({
    hireDate: { from: '/start', to },
    leaveDate: { from: '/end', to },
  });
  const reads = writes.map(([title, to, as]) =>
    tries(title, {
      connector: connectionFile({ fields: fieldsTo(to), effective }),
      pages: [pageOf(days.map(([id, start, end]) => ({ id, start: as(start), end: as(end) })))],
      must: { exit: '0', [told]: expected },
    }),
  );
  return [
    { kind: 'A2', title: 'days of a system', lines: reads },
    {
      kind: 'A2',
      title: 'days that cannot be read',
      lines: [
        tries('a last day "soon"', {
          connector: connectionFile({ fields: fieldsTo('date'), effective }),
          pages: [
            pageOf([
              { id: 1, start: '2020-01-01', end: 'soon' },
              { id: 2, start: '2020-01-01' },
            ]),
          ],
          must: { exit: '3' },
          says: ['bad_'],
        }),
        tries('a first day 03/04/2020', {
          connector: connectionFile({ fields: fieldsTo('date'), effective }),
          pages: [pageOf([{ id: 1, start: '03/04/2020' }])],
          must: { exit: '3' },
          says: ['bad_'],
        }),
        validates('one value that is read in two ways', {
          connector: connectionFile({
            fields: {
              hireDate: { from: '/start', to: 'epochMsDate' },
              'properties.since': { from: '/start', to: 'date' },
            },
            effective: { start: '/start' },
          }),
          must: { exit: '2' },
          says: ['/map/effective/start'],
        }),
      ],
    },
  ];
}

/** B4: what systems write for days. */
function dateCases(): Scenario[] {
  const file = (to: string): object =>
    connectionFile({
      fields: { hireDate: { from: '/start', to } },
      effective: { start: '/start' },
    });
  const reads = (title: string, to: string, pairs: readonly (readonly [unknown, string])[]): Line =>
    tries(title, {
      connector: file(to),
      pages: [pageOf(pairs.map(([start], i) => ({ id: i + 1, start })))],
      must: {
        exit: '0',
        'told id,hireDate': pairs.map(([, is], i) => `${String(i + 1)} ${is}`).join(', '),
      },
    });
  return [
    {
      kind: 'B4',
      title: 'days of a system',
      lines: [
        reads('/Date(ms±zone)/', 'epochMsDate', [
          ['/Date(1583020800000)/', '2020-03-01'],
          ['/Date(1583020800000+0000)/', '2020-03-01'],
        ]),
        reads('a zone or a time behind the day', 'date', [
          ['2020-05-04-07:00', '2020-05-04'],
          ['2020-05-04+13:00', '2020-05-04'],
          ['2020-05-04Z', '2020-05-04'],
          ['2020-05-04T00:00:00', '2020-05-04'],
        ]),
      ],
    },
  ];
}

/** B8: numbers of any size, in whatever field. */
function digits(): Scenario {
  const text =
    '{"data":[' +
    '{"id":9007199254740992,"first":"Mara","phone":12345678901234567890,"status":"active"},' +
    '{"id":9007199254740993,"first":"Jens","phone":12345678901234567891,"status":"active"}]}';
  return {
    kind: 'B8',
    title: 'numbers beyond 2^53',
    lines: [
      tries('as ids and in a field', {
        connector: connectionFile({ fields: { phone: { from: '/phone' } } }),
        pages: [text],
        must: {
          exit: '0',
          'told id,code,phone':
            '9007199254740992 9007199254740992 12345678901234567890, ' +
            '9007199254740993 9007199254740993 12345678901234567891',
        },
      }),
    ],
  };
}

/** C3: next links. */
function linkCases(): Scenario[] {
  const page = { type: 'nextUrl', from: '/next' };
  const follows = (title: string, next: string, must: Facts, says: readonly string[] = []): Line =>
    tries(title, {
      connector: connectionFile({ page }),
      pages: [pageOf([{ id: 1 }], { next }), pageOf([{ id: 2 }], { next: null })],
      must,
      says,
    });
  const read = { exit: '0', complete: 'true', 'told id': '1, 2' };
  return [
    {
      kind: 'C3',
      title: 'a next link',
      lines: [
        follows('by http, same host', 'http://hr.example.com/api/people?page=2', read, [
          'GET https://hr.example.com/api/people?page=2',
        ]),
        follows(
          'another port',
          'https://hr.example.com:8443/api/people?page=2',
          { exit: 'not 0' },
          ['8443'],
        ),
        follows('another host', 'https://elsewhere.example/api/people?page=2', { exit: 'not 0' }, [
          'elsewhere.example',
        ]),
      ],
    },
    {
      kind: 'D',
      title: 'a relative next link',
      lines: [
        follows('with a path', '/api/people?page=2', read),
        follows('with a query only', '?page=2', read),
      ],
    },
  ];
}

/** C8 and D: what a list may be. */
function listCases(): Scenario[] {
  const one = '{"data":{"id":1,"first":"Mara","status":"active"}}';
  const cursor = {
    type: 'cursor',
    from: '/meta/next',
    send: { in: 'query', name: 'cursor' },
    size: { in: 'query', name: 'limit', value: 1 },
  };
  const asked = (next: unknown): readonly string[] => [
    pageOf([{ id: 1 }], { meta: { next: 'b' } }),
    pageOf([{ id: 2 }], { meta: { next } }),
  ];
  return [
    {
      kind: 'C8',
      title: 'an object for a list',
      lines: [
        tries('not declared', {
          connector: connectionFile({}),
          pages: [one],
          must: { exit: 'not 0' },
          says: ['one person'],
        }),
      ],
    },
    {
      kind: 'C8',
      title: 'a cursor -1 at the end',
      lines: [
        tries('not declared', {
          connector: connectionFile({ page: cursor }),
          pages: asked(-1),
          must: { exit: 'not 0' },
          says: ['-1'],
        }),
      ],
    },
    {
      kind: 'D',
      title: 'ends of a list',
      lines: [
        ...[null, '', false].map((next) =>
          tries(`a cursor ${JSON.stringify(next)}`, {
            connector: connectionFile({ page: cursor }),
            pages: asked(next),
            must: { exit: '0', complete: 'true', 'told id': '1, 2' },
          }),
        ),
        tries('{} is never "nobody"', {
          connector: connectionFile({}),
          pages: ['{}'],
          must: { exit: 'not 0' },
        }),
        tries('0000-00-00 as no date', {
          connector: connectionFile({
            fields: { leaveDate: { from: '/end', to: 'date', emptyWhen: ['0000-00-00'] } },
            effective: { start: '/start', end: '/end' },
          }),
          pages: [
            pageOf([
              { id: 1, start: '2020-01-01', end: '0000-00-00' },
              { id: 2, start: '', end: '' },
            ]),
          ],
          must: { exit: '0', 'told id,leaveDate,status': '1 – active, 2 – active' },
        }),
      ],
    },
  ];
}

interface SharedCase {
  readonly kind: string;
  readonly file: string;
  readonly must: Facts;
  readonly says?: readonly string[];
}

const BOTH = { exit: '0', complete: 'true', 'told id': '1, 2' };
const ENDS = 'told id,leaveDate,status';

const SHARED: readonly SharedCase[] = [
  {
    kind: 'A2',
    file: 'isohires',
    must: { exit: '0', [ENDS]: '1 – inactive, 2 2020-09-13 inactive' },
  },
  {
    kind: 'A2',
    file: 'epochhires',
    must: { exit: '0', [ENDS]: '1 – inactive, 2 2020-09-13 inactive' },
  },
  {
    kind: 'B4',
    file: 'sfodata',
    must: {
      exit: '0',
      'told id,hireDate,status': 'SF1 2020-01-01 active, SF2 2020-01-01 inactive',
    },
  },
  {
    kind: 'B4',
    file: 'wd',
    must: {
      exit: '0',
      'told id,hireDate,status':
        '0001 2020-05-04 active, 0002 2031-05-04 inactive, 0003 2020-05-04 active',
    },
  },
  { kind: 'C3', file: 'httpnext', must: BOTH },
  { kind: 'C3', file: 'httpnextallowed', must: BOTH },
  { kind: 'C8', file: 'wdsingle', must: { exit: 'not 0' }, says: ['one person'] },
  { kind: 'C8', file: 'cursorminus', must: { exit: 'not 0' }, says: ['-1'] },
  { kind: 'D', file: 'cursorfalse', must: { exit: '0', complete: 'true', 'told id': '1, 2, 3' } },
  { kind: 'D', file: 'relnext', must: { exit: '0', complete: 'true', 'told id': '1, 2, 3' } },
  { kind: 'D', file: 'zerodates', must: { exit: '0', [ENDS]: '1 – active, 2 – active' } },
  { kind: 'D', file: 'wdempty', must: { exit: 'not 0' } },
];

function sharedCase(folder: string, { kind, file, must, says = [] }: SharedCase): Scenario[] {
  const connector = sharedInput(folder, `${file}.json`);
  const saved = join(folder, `${file === 'httpnextallowed' ? 'httpnext' : file}-pages`);
  if (connector === undefined || !existsSync(saved)) return [];
  const pages = readdirSync(saved)
    .sort()
    .map((name) => String(sharedInput(saved, name)?.text ?? ''));
  const line = tries('saved answers', { connector: String(connector.text), pages, must, says });
  return [{ kind, title: `${file}.json`, lines: [line] }];
}
