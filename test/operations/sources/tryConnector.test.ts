import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXAMPLE } from '../../../connectors/check/example';
import type { Connector } from '../../../connectors/declaration/schema';
import { tryConnector, type Tried } from '../../../operations/sources/tryConnector';

type Read = Connector['reads']['full'][number];

const folder = { path: '' };
beforeEach(async () => {
  folder.path = await mkdtemp(join(tmpdir(), 'rollcall-pages-'));
});
afterEach(async () => {
  await rm(folder.path, { recursive: true });
});

/** The example with another read, over answers that are saved as files. */
async function tried(read: Partial<Read>, answers: readonly unknown[]): Promise<Tried> {
  for (const [i, answer] of answers.entries()) {
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
    await writeFile(join(folder.path, `${String(i + 1)}.json`), text);
  }
  const [first] = EXAMPLE.reads.full;
  if (first === undefined) throw new Error('the example has no read');
  const full = [{ ...first, complete: { by: 'endSignal' as const }, ...read }];
  const { effective: _, ...map } = EXAMPLE.map;
  const connector: Connector = { ...EXAMPLE, reads: { full }, map };
  return tryConnector({ connector, folder: folder.path, config: { host: 'hr.example.com' } });
}

const one = { id: 1, employeeNumber: 7, status: 'active' };
const link = { page: { type: 'nextUrl', from: '/next' } } as const;
const cursor = (endWhen?: [number]): Partial<Read> => ({
  page: {
    type: 'cursor',
    from: '/next',
    send: { in: 'query', name: 'cursor' },
    ...(endWhen === undefined ? {} : { endWhen }),
  },
});

describe('saved answers', () => {
  test('a word for the end is named with its place, and read once it is declared', async () => {
    const answers = [{ data: [one], next: -1 }];

    await expect(tried(cursor(), answers)).rejects.toMatchObject({
      code: 'page_not_saved',
      message: expect.stringContaining('(1.json has -1 at /next)'),
      next: { text: expect.stringContaining('"endWhen": [-1]') },
    });
    expect(await tried(cursor([-1]), answers)).toMatchObject({ complete: true });
  });

  test('false for the next cursor, and links that are relative, blank or begin with http', async () => {
    expect((await tried(cursor(), [{ data: [one], next: false }])).people).toHaveLength(1);
    const { requests } = await tried(link, [
      { data: [one], next: 'people?page=2' },
      { data: [{ ...one, id: 2 }], next: 'http://hr.example.com/api/v1/people?page=3' },
      { data: [{ ...one, id: 3 }], next: '' },
    ]);
    expect(requests.map(({ request }) => request).slice(1)).toEqual([
      'GET https://hr.example.com/api/v1/people?page=2',
      'GET https://hr.example.com/api/v1/people?page=3',
    ]);
  });

  test('a person where the list should be is said, not asked for again', async () => {
    const answers = [{ data: one }];

    await expect(tried(link, answers)).rejects.toMatchObject({
      code: 'no_list',
      message: 'Our HR system gives one person at /data, not a list of people.',
    });
    const records = { path: '/data', single: true } as const;
    expect((await tried({ ...link, records }, answers)).people).toHaveLength(1);
  });

  test('an empty object is never nobody', async () => {
    await expect(tried(link, [{}])).rejects.toMatchObject({
      code: 'no_list',
      message: 'Our HR system gives nothing at /data where the connector expects a list.',
    });
  });

  test('0000-00-00 may mean no date', async () => {
    const map = {
      ...EXAMPLE.map,
      fields: { leaveDate: { from: '/endDate', to: 'date' as const, emptyWhen: ['0000-00-00'] } },
    };
    const answers = [{ data: [{ ...one, startDate: '0000-00-00', endDate: '0000-00-00' }] }];

    const { people, faulty } = await tried({ ...link, map }, answers);

    expect(faulty).toBe(0);
    expect(people).toMatchObject([{ status: 'active', fields: {}, dueOn: [] }]);
  });

  test('people in parts are shown as all records together', async () => {
    const records = { path: '/data', partial: true };
    const { people, complete } = await tried({ ...link, records }, [
      { data: [{ ...one, title: 'Clerk' }], next: '?page=2' },
      {
        data: [
          { id: 1, title: 'Chief' },
          { id: 1, status: 'terminated' },
        ],
      },
    ]);

    expect(complete).toBe(true);
    expect(people).toMatchObject([
      { externalId: '1', status: 'inactive', fields: { code: '7', jobTitle: 'Chief' } },
    ]);
  });

  test('codes beyond 2^53 stay two codes', async () => {
    const { people } = await tried(link, [
      '{"data":[{"id":1,"employeeNumber":9007199254740992,"status":"active"},{"id":2,"employeeNumber":9007199254740993,"status":"active"}]}',
    ]);

    expect(people.map(({ fields }) => fields.code)).toEqual([
      '9007199254740992',
      '9007199254740993',
    ]);
  });
});
