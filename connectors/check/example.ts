import type { PageDeclaration, PageType } from '../declaration/pages';
import type { Connector, ReadDeclaration } from '../declaration/schema';

/** The declaration that a new one starts from: a list with a cursor, and its key. */
export const EXAMPLE: Connector = {
  id: 'ourHr',
  name: 'Our HR system',
  version: 1,
  system: 'hris',
  config: {
    host: {
      kind: 'string',
      about: 'Host of the API, such as hr.example.com',
      required: true,
      pattern: '^[a-z0-9.-]+$',
    },
  },
  secrets: { token: { about: 'API token that may read people' } },
  baseUrl: 'https://{config.host}/api/v1',
  auth: { type: 'bearer', token: '{secret.token}' },
  limits: { budget: [{ calls: 100, perMs: 60_000 }] },
  reads: {
    full: [
      {
        name: 'people',
        request: { method: 'GET', path: '/people' },
        records: { path: '/data' },
        page: {
          type: 'cursor',
          from: '/meta/nextCursor',
          send: { in: 'query', name: 'cursor' },
          size: { in: 'query', name: 'limit', value: 100 },
        },
        complete: { by: 'both', total: '/meta/total', stableTotal: true },
      },
    ],
    one: { request: { method: 'GET', path: '/people/{id}' } },
  },
  map: {
    key: '/id',
    fields: {
      code: { from: '/employeeNumber' },
      email: { from: '/workEmail', floor: 0.5 },
      firstName: { from: '/firstName' },
      lastName: { from: '/lastName' },
      jobTitle: { from: '/title', whenEmpty: 'clear' },
      department: { from: '/department/name', whenEmpty: 'clear' },
      manager: { from: '/managerId', whenEmpty: 'clear' },
      hireDate: { from: '/startDate', to: 'date' },
      leaveDate: { from: '/endDate', to: 'date', whenEmpty: 'clear' },
    },
    status: {
      from: '/status',
      active: ['active', 'on leave'],
      inactive: ['terminated'],
      pending: ['hired'],
      unknown: 'hold',
    },
    effective: { start: '/startDate', end: '/endDate' },
  },
  deletion: { absence: { needs: 'completeFull', times: 2 } },
};

/** How a system divides its list into pages: its calls and answers, and what a file says of it. */
export interface PagingExample {
  /** The calls of one read, each with its answer in short. */
  readonly calls: readonly (readonly [request: string, answer: string])[];
  readonly page: PageDeclaration;
  readonly complete: ReadDeclaration['complete'];
  /** Why, where it is not plain. */
  readonly note: string;
}

const LIMIT = { in: 'query', name: 'limit', value: 100 } as const;
const BY_TOTAL = { by: 'both', total: '/total', stableTotal: true } as const;

/** One worked example for each kind of paging; the list stands in `/data`. */
export const PAGING_EXAMPLES: Readonly<Record<PageType, PagingExample>> = {
  none: {
    calls: [['GET /people', '{"data": [everybody], "total": 250}']],
    page: { type: 'none' },
    complete: BY_TOTAL,
    note: 'A system without a total proves nothing: write `"complete": {"by": "endSignal"}` where you know that the answer is never cut short, otherwise `{"by": "never"}`.',
  },
  offset: {
    calls: [
      ['GET /people?offset=0&limit=100', '{"data": [100 people], "total": 250}'],
      ['GET /people?offset=99&limit=100', 'the last row again, and the next 99'],
      ['GET /people?offset=198&limit=100', '{"data": [52 people], "total": 250}'],
    ],
    page: {
      type: 'offset',
      start: 0,
      step: 'rows',
      end: 'total',
      send: { in: 'query', name: 'offset' },
      size: LIMIT,
      anchor: true,
    },
    complete: BY_TOTAL,
    note: 'Without `anchor` the second call asks for `offset=100`. `end` is `"empty"` where the answer has no total to stop at, and `"short"` where a page that is not full is the last.',
  },
  page: {
    calls: [
      ['GET /people?page=1&limit=100', '{"data": [100 people], "pages": 3, "total": 250}'],
      ['GET /people?page=2&limit=100', '{"data": [100 people], "pages": 3, "total": 250}'],
      ['GET /people?page=100&limit=1', 'the row before page 2: the check of the anchor'],
      ['GET /people?page=3&limit=100', '{"data": [50 people], "pages": 3, "total": 250}'],
    ],
    page: {
      type: 'page',
      start: 1,
      end: 'last',
      last: '/pages',
      send: { in: 'query', name: 'page' },
      size: LIMIT,
      anchor: true,
    },
    complete: BY_TOTAL,
    note: 'A system that does not say how many pages it has: leave `last` out and write `"end": "empty"`.',
  },
  cursor: {
    calls: [
      ['GET /people?limit=100', '{"data": [100 people], "next": "c2Vjb25k", "total": 250}'],
      [
        'GET /people?limit=100&cursor=c2Vjb25k',
        '{"data": [100 people], "next": "dGhpcmQ=", "total": 250}',
      ],
      [
        'GET /people?limit=100&cursor=dGhpcmQ=',
        '{"data": [50 people], "next": null, "total": 250}',
      ],
    ],
    page: {
      type: 'cursor',
      from: '/next',
      send: { in: 'query', name: 'cursor' },
      size: LIMIT,
    },
    complete: BY_TOTAL,
    note: 'A cursor in a header: `"from": "header:x-next-cursor"`. A system that writes -1 at the end: `"endWhen": [-1]`. Answers without a total: `"complete": {"by": "endSignal"}`, and people whom the system leaves out of a page go unseen.',
  },
  nextUrl: {
    calls: [
      [
        'GET /people?limit=100',
        '{"data": [100 people], "links": {"next": "https://…/people?p=2"}, "total": 150}',
      ],
      ['GET https://…/people?p=2', '{"data": [50 people], "links": {"next": null}, "total": 150}'],
    ],
    page: { type: 'nextUrl', from: '/links/next', size: LIMIT },
    complete: BY_TOTAL,
    note: 'Rollcall follows the link as it is, to the host of baseUrl and those of `allowHosts`.',
  },
  linkHeader: {
    calls: [
      [
        'GET /people?limit=100',
        '{"data": [100 people]}, Link: <https://…/people?p=2>; rel="next", X-Total-Count: 150',
      ],
      ['GET https://…/people?p=2', '{"data": [50 people]}, X-Total-Count: 150'],
    ],
    page: { type: 'linkHeader', rel: 'next', size: LIMIT },
    complete: { by: 'both', total: 'header:x-total-count', stableTotal: true },
    note: 'The last page has no header Link. Such systems give the total in a header, too: `header:` and its name.',
  },
  job: {
    calls: [
      ['POST /exports', '{"id": "77"}'],
      ['GET /exports/77', '{"status": "running"}, later {"status": "done"}'],
      ['GET /exports/77/result', '{"data": [everybody], "total": 250}'],
    ],
    page: {
      type: 'job',
      create: { method: 'POST', path: '/exports', json: { kind: 'people' } },
      id: '/id',
      poll: { method: 'GET', path: '/exports/{job}' },
      pollMs: 5_000,
      state: '/status',
      done: ['done'],
      failed: ['failed'],
      fetch: { method: 'GET', path: '/exports/{job}/result' },
      page: { type: 'none' },
    },
    complete: BY_TOTAL,
    note: 'The request of the read itself is not sent: `fetch` gets the list.',
  },
};

/** The file to begin with, for a system that pages in this way. */
export function exampleFor(type: PageType): Connector {
  const { page, complete } = PAGING_EXAMPLES[type];
  const full = EXAMPLE.reads.full.map((read) => ({ ...read, page, complete }));
  return { ...EXAMPLE, reads: { ...EXAMPLE.reads, full } };
}
